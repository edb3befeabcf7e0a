// Bundles the programs into dist/: each folder is self-contained, and runs on a bare Node 24 as `node main.js`.
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundleProgram, type Program } from './bundle/bundle.ts'
import { buildWeb } from './web-build.ts'

const programs: Record<string, Program> = {
  api: { main: 'apps/api/src/main.ts' },
  web: { main: 'apps/web/server/main.ts', folders: { client: 'apps/web/build/client' } },
  loadgen: { main: 'apps/loadgen/src/main.ts' },
  simulator: { main: 'apps/simulator/src/main.ts' },
  // Starts the others as `npm start` does, for the image that holds them all.
  slicechat: { main: 'scripts/start-bundles.ts' },
}

buildWeb()
for (const [name, program] of Object.entries(programs)) {
  const folder = join('dist', name)
  await bundleProgram(program, folder)
  const sizes = globSync(`${folder}/**/*`).map((file) => statSync(file).size)
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6
  console.log(`${folder}: ${megabytes.toFixed(2)} MB`)
}
