import { targetAddress, type TargetOptions } from '../target/open-target.ts'
import { flag } from './flag.ts'
import { shownAddress } from '@slicechat/witness'
import { InputProblem } from '../problems/input-problem.ts'

/** The flag of every command that can be given witnesses. */
export const optionalWitnesses = {
  'optional-witnesses': flag.switch(
    'a page or Prometheus that was named, and is lost or tells nothing, does not fail the command',
  ),
} as const

/** Flags of every command that reads servers' metrics while it runs. */
export const witnessFlags = {
  scrape: flag.list(
    'NAME=URL',
    'a metrics page of the API, vLLM or a DCGM exporter to read; default: those of npm start where the target is its page or API, and that of an openai: target',
  ),
  'no-witness': flag.switch('reads no metrics: the client alone counts'),
  ...optionalWitnesses,
} as const

/** The ports of `npm start`, unless it is given others. */
const NPM_START = { ports: ['3000', '4000'], pages: { api: 9100, vllm: 8000, dcgm: 9400 } }

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** A metrics page to read. */
export interface WantedWitness {
  readonly name: string
  readonly url: URL
  /** Nobody named it, so it may be missing. */
  readonly guessed: boolean
}

/** The pages that the flags name; without any, those of `npm start` or of an openai: `target`, if that is given. */
export function wantedOf(scrapes: readonly string[], target: TargetOptions | undefined): WantedWitness[] {
  if (scrapes.length > 0) {
    const named = scrapes.map(scrapeOf)
    for (const [index, { name, url }] of named.entries()) {
      const earlier = named.slice(0, index)
      if (earlier.some((one) => one.name === name))
        throw new InputProblem('--scrape', `${name} is named twice`)
      const same = earlier.find((one) => one.url.href === url.href)
      // Its counts would be added up twice.
      if (same) throw new InputProblem('--scrape', `${same.name} and ${name} are the same page`)
    }
    return named
  }
  if (target === undefined) return []
  const { kind, url } = targetAddress(target.url)
  const at = URL.parse(url)
  if (at === null) return []
  const isOfNpmStart = LOOPBACK.includes(at.hostname) && NPM_START.ports.includes(at.port)
  // The API of `npm start` also speaks OpenAI.
  if (kind === 'openai' && !isOfNpmStart)
    return [{ name: 'vllm', url: new URL('/metrics', at.origin), guessed: true }]
  if (!isOfNpmStart) return []
  return Object.entries(NPM_START.pages).map(([name, port]) => ({
    name,
    guessed: true,
    url: new URL(`http://${at.hostname}:${port}/metrics`),
  }))
}

function scrapeOf(text: string): WantedWitness {
  const [, name, address = ''] = /^([\w.-]+)=(.+)$/.exec(text) ?? []
  const url = URL.parse(address)
  if (name === undefined || url === null || !/^https?:$/.test(url.protocol))
    throw new InputProblem(
      `--scrape ${shownAddress(text)}`,
      'is not NAME=URL, such as api=http://host:9100/metrics',
    )
  return { name, url, guessed: false }
}
