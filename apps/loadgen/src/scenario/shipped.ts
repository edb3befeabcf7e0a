import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const ENDING = '.yaml'

/** Names of the scenarios that ship, in alphabetical order. */
export function shippedScenarios(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort()
}

/** Path of a shipped scenario's file. */
export const shippedFile = (name: string) => join(FOLDER, name + ENDING)
