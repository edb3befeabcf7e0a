// Packs the packages that others install, the typed client and the load tester, as tarballs in dist/ that
// need no registry.
import { resolve } from 'node:path'
import { packClient, packLoadgen } from './bundle/packages.ts'

const out = resolve('dist')
console.log(await packClient('dist/packages/client', out))
console.log(await packLoadgen('dist/packages/loadgen', out))
