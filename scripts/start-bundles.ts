// Runs the whole stack from bundles in folders beside this one's, as the image `slicechat` does.
import { dirname, join } from 'node:path'
import { type Command, type PartName, runStack } from './stack.ts'

const bundles = dirname(dirname(process.argv[1] ?? ''))
const bundle = (part: PartName): Command => ({
  arguments: ['--no-warnings', join(bundles, part, 'main.js')],
})

await runStack(() => ({ simulator: bundle('simulator'), api: bundle('api'), web: bundle('web') }))
