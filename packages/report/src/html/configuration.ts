import { counted, duration } from '../charts/quantity.ts'
import type { Run } from '../run/run.ts'
import { sloText } from './key-figures.ts'
import { definitions } from './run-tables.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

const TRANSPORTS = { websocket: 'WebSocket', sse: 'server-sent events', http: 'HTTP' }

/** All that it takes to do a run again. */
export function configuration(run: Run): Markup {
  const { target, generator, steady } = run
  const sockets = target.sockets === 'per-user' ? 'a socket for each user' : 'one socket for all users'
  const rows: [string, string][] = [
    ['Scenario', run.name],
    ['Seed', String(run.seed)],
    [
      'Target',
      `${target.url} (${target.kind === 'api' ? 'Slicechat API' : 'OpenAI-compatible server, driven directly'})`,
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
    <p>To run it again:</p>
    <pre><code>${repeatCommand(run)}</code></pre>
    <details>
      <summary>The scenario as it was run (durations in milliseconds)</summary>
      <pre><code>${JSON.stringify(run.scenario, null, 2)}</code></pre>
    </details>`
}

/** The command that sends the same conversations at the same intended times. */
export function repeatCommand({ name, asked, target, seed, generator }: Run): string {
  const words = ['npm', 'run', 'loadgen', '--', 'run', asked?.scenario ?? name, '--seed', String(seed)]
  for (const set of asked?.set ?? []) words.push('--set', set)
  words.push('--target', target.kind === 'openai' ? `openai:${target.url}` : target.url)
  words.push('--model', target.model)
  if (target.kind === 'api' && target.transport === 'sse') words.push('--transport', 'sse')
  if (target.kind === 'api' && target.sockets === 'shared') words.push('--sockets', 'shared')
  if (generator.workers > 1) words.push('--workers', String(generator.workers))
  return words.map(quoted).join(' ')
}

/** As a POSIX shell takes it: names and addresses come from files and servers. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The wall clock, in UTC, to the minute: the same wherever the report is opened. */
export function utc(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '–' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
