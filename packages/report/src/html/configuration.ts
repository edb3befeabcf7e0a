import { isThroughApi, type Run } from '@slicechat/run'
import { counted, duration } from '@slicechat/run/format'
import { sloText } from './key-figures.ts'
import { definitions } from './run-tables.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

const TRANSPORTS = { websocket: 'WebSocket', sse: 'server-sent events', http: 'HTTP' }

/** Everything that is needed to repeat a run. */
export function configuration(run: Run): Markup {
  const { target, generator, steady } = run
  const sockets = target.sockets === 'per-user' ? 'a socket for each user' : 'one socket for all users'
  const rows: [string, string][] = [
    ['Scenario', run.name],
    ['Seed', String(run.seed)],
    [
      'Target',
      `${target.url} (${isThroughApi(run) ? (target.kind === 'api' ? 'Slicechat API' : "a Slicechat API's OpenAI endpoints") : 'OpenAI-compatible server, driven directly'})`,
    ],
    ['Model', `${target.model}${target.simulated ? ' – simulated' : ''}`],
    ['Transport', `${TRANSPORTS[target.transport]}, ${sockets}`],
    ['SLO', sloText(run) || 'none'],
    ['Began', utc(run.startedAt)],
    ['Lasted', duration(run.durationMs)],
    ['Figures are of', `${duration(steady.fromMs)} to ${duration(Math.min(steady.untilMs, run.durationMs))}`],
    [
      'Load tester',
      `${generator.version} on Node ${generator.node.replace(/^v/, '')}; ${generator.cpu}, ${counted(generator.cores, 'core')}; ` +
        `${counted(generator.workers, 'worker')}, ${counted(generator.shards, 'shard')}`,
    ],
    ['Run', run.id],
  ]
  return html`${definitions(rows)}
    <p>
      To run it again (without a checkout, <code>slicechat-loadgen</code> stands for
      <code>npm run loadgen --</code>):
    </p>
    <pre><code>${repeatCommand(run)}</code></pre>
    ${repeatNotes(run).map((note) => html`<p class="note">${note}</p>`)}
    <details>
      <summary>The scenario as it was run (durations in milliseconds)</summary>
      <pre><code>${JSON.stringify(run.scenario, null, 2)}</code></pre>
    </details>`
}

/** Flags that cannot be repeated: a folder is never overwritten, and the start is past. */
const NOT_REPEATED = new Set(['out', 'start-at'])

/** The command that sends the same conversations at the same intended times, with every flag that was given. */
export function repeatCommand(run: Run): string {
  const { name, asked, target, seed, generator, shard } = run
  // In order, so that of two `--set` the later one wins again. A run of all shards is the whole load, without `--shard`.
  const given = (asked?.flags ?? legacyFlags(run)).filter(
    ([flag]) => !NOT_REPEATED.has(flag) && (flag !== 'shard' || shard !== undefined),
  )
  const flags = new Set(given.map(([flag]) => flag))
  const found: [string, string][] = [
    ['seed', String(seed)],
    ['target', target.kind === 'openai' ? `openai:${target.url}` : target.url],
    ['model', target.model],
    ...(generator.workers > 1 && generator.shards === 1
      ? [['workers', String(generator.workers)] satisfies [string, string]]
      : []),
  ]
  const all = [...given, ...found.filter(([flag]) => !flags.has(flag))]
  const words = all.flatMap(([flag, value]) => {
    if (value === null) return [`--${flag}`]
    // A value that begins with a hyphen would be taken for a flag.
    return value.startsWith('-') ? [`--${flag}=${value}`] : [`--${flag}`, value]
  })
  return ['npm', 'run', 'loadgen', '--', 'run', asked?.scenario ?? name, ...words].map(quoted).join(' ')
}

/** What that command lacks, in sentences; empty if it lacks nothing. */
function repeatNotes({ asked, shard }: Run): string[] {
  const left = (asked?.flags ?? []).filter(
    ([flag]) => NOT_REPEATED.has(flag) || (flag === 'shard' && shard === undefined),
  )
  return [
    ...((asked?.secret ?? []).length === 0
      ? []
      : [`Secrets are not stored, and are left out: ${(asked?.secret ?? []).join(', ')}.`]),
    ...(left.length === 0
      ? []
      : [`Of this run alone, and left out: ${left.map(([flag]) => `--${flag}`).join(', ')}.`]),
  ]
}

/** Files of earlier versions hold only the `--set` values. */
function legacyFlags({ asked, target }: Run): [string, string][] {
  return [
    ...(asked?.set ?? []).map((set): [string, string] => ['set', set]),
    ...(target.kind === 'api' && target.transport === 'sse'
      ? ([['transport', 'sse']] as [string, string][])
      : []),
    ...(target.kind === 'api' && target.sockets === 'shared'
      ? ([['sockets', 'shared']] as [string, string][])
      : []),
  ]
}

/** Quotes a word for a POSIX shell: names and addresses come from files and servers. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Wall clock time in UTC, to the minute, so that it is the same wherever the report is opened. */
export function utc(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '–' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
