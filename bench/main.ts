// `npm run bench -- <name> [options]`: each bench prints one table and one JSON line.

/** Exit code of sysexits.h for wrong usage. */
const BAD_USAGE = 64

type Run = (args: string[]) => Promise<void>

/** Benches are loaded on demand, so that none pays for another's modules. */
const benches: Record<string, { what: string; load: () => Promise<{ run: Run }> }> = {
  api: {
    what: 'what the API adds to a stream, beside a bare Node proxy and nginx',
    load: () => import('./api.ts'),
  },
  loadgen: {
    what: "the load tester's own error against fixed timing",
    load: () => import('./loadgen.ts'),
  },
  simulator: {
    what: 'tokens a second of the simulator, and their distance from schedule',
    load: () => import('./simulator.ts'),
  },
  store: {
    what: 'list, search and open in a store of a million messages, and what a start costs there',
    load: () => import('./store.ts'),
  },
  web: {
    what: 'frames and long tasks of the page while answers come in, and what hostile texts cost it',
    load: () => import('./web.ts'),
  },
}

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench === undefined) {
  const lines = Object.entries(benches).map(([key, { what }]) => `  ${key.padEnd(10)} ${what}`)
  console.error(`usage: npm run bench -- <name> [--quick] [options]\n\n${lines.join('\n')}`)
  process.exit(BAD_USAGE)
}
try {
  await (await bench.load()).run(args)
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error((error as Error).message)
  process.exit(BAD_USAGE)
}
