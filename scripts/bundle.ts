// Bundles the programs into dist/. Each folder is self-contained, and runs on a bare Node 24 as `node main.js`.
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundleProgram } from './bundle/bundle.ts'
import { programs } from './bundle/programs.ts'
import { buildWeb } from './web-build.ts'

buildWeb()
for (const [name, program] of Object.entries(programs)) {
  const folder = join('dist', name)
  await bundleProgram(program, folder)
  const sizes = globSync(`${folder}/**/*`).map((file) => statSync(file).size)
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6
  console.log(`${folder}: ${megabytes.toFixed(2)} MB`)
}
