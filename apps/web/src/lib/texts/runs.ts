// Texts of the pages of load tests.
import { counted } from './counted.ts'
import { locale } from './shared.ts'

export const loadTests = 'Load tests'
export const allLoadTests = 'All load tests'
export const loadTest = 'Load test'
export const compared = (runs: number): string => `${runs} load tests compared`

export const listFailed = 'The load tests could not be loaded'
export const listOutdated = 'The list may be out of date'
export const showMore = 'Show more'

// The table.
export const columns = {
  compare: 'Compare',
  run: 'Run',
  when: 'When',
  target: 'Target',
  users: 'Users',
  ttft: 'TTFT p95',
  tokens: 'Tokens/s',
  goodput: 'Goodput',
  delete: 'Delete',
}
export const startOf = (run: { startedAt: string }): string =>
  new Date(run.startedAt).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })
export const throughApi = 'through Slicechat'
export const directly = 'directly'
export const unknown = '–'
export const simulatedServer = 'The server was a simulation: no GPU and no model.'
export const compareRun = (name: string, when: string): string => `Compare ${name} of ${when}`
export const runOf = (name: string, when: string): string => `“${name}” of ${when}`
export const users = (count: number): string => counted(count, 'user')
export const tokensPerSecond = (figure: string): string => `${figure} tokens/s`

// Above the table.
export const searchLabel = 'Search load tests by name'
export const searchPlaceholder = 'Search by name'
export const tooManyTicked = (most: number, ticked: number): string =>
  `At most ${most} runs can be compared; ${ticked} are ticked.`
export const tickAnother = 'Tick another one to compare.'
export const tickTwo = 'Tick two or more to compare them.'
export const compare = (runs: number): string => `Compare ${runs} runs`
export const untickAll = 'Untick all'

// Adding a file.
export const addFile = 'Add a run.json'
export const adding = 'Adding …'
export const dropHere = 'Drop run.json files here'
export const added = 'Added.'
export const alreadyHere = 'It was here already.'
export const tooLarge = 'The file is larger than any run that can be kept (24 MiB).'
export const noJson = 'This is no JSON. A load test leaves a run.json in its folder.'
export const noRun = (why: string): string => `This is no run that can be kept: ${why}`

export const noRuns = 'No load test yet'
export const noRunsText =
  'A load test sends conversations as people would have them, measures what each of them felt, and says how many fit. This command runs a short one and puts it here:'
/** Before, in and after the name of the file. */
export const orAddFile = [
  'Or add the',
  'run.json',
  'that a load test left in its folder: pick it above, or drop it on this page.',
] as const

// A report.
export const reportFailed = 'The load test could not be shown'
export const reportBroken =
  'The report could not be drawn here. As a file it can still be downloaded and opened.'
export const drawing = 'Drawing …'
export const drawingFailed = 'The report could not be drawn.'
export const download = (file: string): string => `Download ${file}`
export const thisLoadTest = 'this load test'
