import { join } from 'node:path'
import { buildPrograms } from '../../scripts/program-builds.ts'
import { programs } from '../../scripts/bundle/programs.ts'

/** Bundles the programs that tests start as processes. */
export default async function prepare(): Promise<void> {
  // Test processes inherit it.
  process.env.TEST_PROGRAMS = await buildPrograms()
}

/**
 * The file to start for the first module of a program: its bundle, where the suite has made one. `npm start`, which
 * starts the sources, has tests of its own.
 */
export function programFile(main: string): string {
  const folder = process.env.TEST_PROGRAMS
  const [name] = Object.entries(programs).find(([, program]) => program.main === main) ?? []
  return folder && name ? join(folder, name, 'main.js') : main
}
