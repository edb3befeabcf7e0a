import type { Program } from './bundle.ts'

/** What is bundled, by the name of its folder. */
export const programs = {
  api: { main: 'apps/api/src/main.ts' },
  web: { main: 'apps/web/server/main.ts', folders: { client: 'apps/web/build/client' } },
  loadgen: { main: 'apps/loadgen/src/main.ts' },
  simulator: { main: 'apps/simulator/src/main.ts' },
  // Starts the others as `npm start` does, for the image that holds them all.
  slicechat: { main: 'scripts/start-bundles.ts' },
} satisfies Record<string, Program>
