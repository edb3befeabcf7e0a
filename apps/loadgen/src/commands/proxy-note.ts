import { proxyVariable } from '../env.ts'
import { targetAddress } from '../target/open-target.ts'

/**
 * Prints one note if the environment names a proxy, which is not used.
 * @param urls URLs of everything that will be asked; an `openai:` before one is ignored
 */
export function noteProxies(
  urls: readonly (string | undefined)[],
  print: (text: string) => void,
  variableOf: typeof proxyVariable = proxyVariable,
): void {
  const hosts = new Map<string, string>()
  for (const text of urls) {
    const url = text === undefined ? null : URL.parse(targetAddress(text).url)
    const name = url === null ? undefined : variableOf(url)
    if (url !== null && name !== undefined) hosts.set(url.hostname, name)
  }
  if (hosts.size === 0) return
  const names = [...new Set(hosts.values())].join(', ')
  const list = [...hosts.keys()].join(',')
  print(
    `${names}: set, and not used; the load tester asks ${list} straight. NO_PROXY=${list} ends this note.`,
  )
}
