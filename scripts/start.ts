// `npm start` and `npm run dev`: runs the whole stack from its sources.
import { type Command, runStack } from './stack.ts'
import { buildWeb } from './web-build.ts'

const dev = process.argv.includes('--dev')

/** Runs a script, and in development restarts it at each change. */
const script = (path: string): Command => ({
  arguments: dev ? ['scripts/supervise.ts', process.execPath, '--watch', path] : ['--no-warnings', path],
})

await runStack(
  ({ web, pageUrl }) => ({
    simulator: script('apps/simulator/src/main.ts'),
    api: script('apps/api/src/main.ts'),
    web: dev
      ? {
          cwd: 'apps/web',
          arguments: [
            ...['node_modules/vite/bin/vite.js', 'dev', '--strictPort'],
            ...['--host', web.host, '--port', String(web.port)],
          ],
          health: pageUrl,
        }
      : script('apps/web/server/main.ts'),
  }),
  () => {
    if (!dev && buildWeb()) console.log('Built the web app.')
  },
)
