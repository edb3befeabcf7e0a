import { readFileSync } from 'node:fs'
import type { Environment } from '../env.ts'
import { type PrometheusOptions, shownAddress } from '@slicechat/witness'
import { flag, type Values } from './flag.ts'
import { InputProblem } from '../problems/input-problem.ts'

/** Flags of every command that can ask a Prometheus server. */
export const prometheusFlags = {
  prometheus: flag.text(
    'URL',
    'asks this Prometheus server, once the run is over, in place of reading the pages (LOADGEN_PROMETHEUS)',
  ),
  'prometheus-match': flag.list('MATCHER', 'only series with this label, such as namespace="chat"'),
  'prometheus-header': flag.secretList(
    'NAME=VALUE',
    'sent with every query, such as X-Scope-OrgID=TENANT to Mimir',
  ),
  'prometheus-bearer-file': flag.text('FILE', 'a file that holds the token that Prometheus wants'),
} as const

const ACCOMPANYING = ['prometheus-match', 'prometheus-header', 'prometheus-bearer-file'] as const

/** @returns `undefined` if none is named @throws InputProblem that names the flag */
export function prometheusOf(
  flags: Values<typeof prometheusFlags>,
  env: Environment,
): PrometheusOptions | undefined {
  const text = flags.prometheus ?? env.LOADGEN_PROMETHEUS
  if (text === undefined) {
    const idle = ACCOMPANYING.find((name) => flags[name] !== undefined && flags[name].length > 0)
    if (idle === undefined) return undefined
    throw new InputProblem(`--${idle}`, 'says how to ask a Prometheus server, and --prometheus names none')
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InputProblem(`--prometheus ${shownAddress(text)}`, 'is no http or https URL')
  return {
    url,
    bearer: bearerOf(flags['prometheus-bearer-file']),
    headers: headersOf(flags['prometheus-header']),
    match: flags['prometheus-match'],
  }
}

/** No message repeats a value, since it may hold a key. */
function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([\w!#$%&'*+.^`|~-]+)=([\t\x20-\x7e]*)$/.exec(text) ?? []
      if (name === undefined || value === undefined)
        throw new InputProblem('--prometheus-header', 'is not NAME=VALUE of a header, in ASCII')
      return [name.toLowerCase(), value]
    }),
  )
}

function bearerOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const why = (error as Error).message
    throw new InputProblem(`--prometheus-bearer-file ${file}`, `cannot be read (${why})`, error)
  }
}
