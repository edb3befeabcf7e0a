import type { Finding } from './check.ts'

/** Result of an examination: what was found, what was examined, and what could not be read. */
export interface Report {
  readonly findings: readonly Finding[]
  /** Number of objects and of other files that were examined. */
  readonly examined: { readonly objects: number; readonly files: number }
  readonly unread: readonly string[]
}

/** The report for people: each pitfall once, with the places that have it. */
export function printed({ findings, examined, unread }: Report): string {
  const blocks = [...Map.groupBy(findings, ({ check }) => check)].map(([check, same]) => {
    const { symptom = '', cause = '', fix = '' } = same[0] ?? {}
    const places = same.map(({ object, field, place, detail }) =>
      place.startsWith(`${object}:`)
        ? `  ${place}: ${detail}`
        : `  ${object}  ${field}\n    ${place}: ${detail}`,
    )
    return [
      `✗ ${check}`,
      ...places,
      `  Symptom: ${symptom}`,
      `  Cause:   ${cause}`,
      `  Fix:     ${fix}`,
    ].join('\n')
  })
  const looked = `${count(examined.objects, 'object')}${examined.files > 0 ? ` and ${count(examined.files, 'file')}` : ''}`
  const result =
    findings.length === 0
      ? `✓ No known pitfall in ${looked}.`
      : `${count(findings.length, 'finding')} in ${looked}; docs/pitfalls.md has more of each.`
  return [...blocks, ...(unread.length > 0 ? [unreadText(unread)] : []), result].join('\n\n')
}

const unreadText = (unread: readonly string[]): string =>
  `Not examined:\n${unread.map((line) => `  ${line}`).join('\n')}`

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
