import type { Program } from './bundle.ts'

/** The programs to bundle, by the name of their folder. */
export const programs = {
  api: { main: 'apps/api/src/main.ts' },
  web: { main: 'apps/web/server/main.ts', folders: { client: 'apps/web/build/client' } },
  loadgen: { main: 'apps/loadgen/src/main.ts' },
  simulator: { main: 'apps/simulator/src/main.ts' },
  // Starts the other programs as `npm start` does, for the image that contains them all.
  slicechat: { main: 'scripts/start-bundles.ts' },
} satisfies Record<string, Program>
