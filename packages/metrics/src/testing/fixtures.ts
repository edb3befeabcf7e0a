import { readFileSync } from 'node:fs'

/** A recorded page, by its path under `fixtures/`. */
export function fixture(path: string): string {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8')
}
