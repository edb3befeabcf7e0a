import { buildWeb } from './web-build.ts'

console.log(buildWeb() ? 'Built the web app.' : 'The web app is up to date.')
