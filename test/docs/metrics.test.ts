import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createChatMetrics } from '@slicechat/metrics'
import {
  CHAT_METRICS,
  type MetricDefinition,
  parseExposition,
  REQUEST_STATUSES,
} from '@slicechat/metrics/reading'

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
const definitions: MetricDefinition[] = Object.values(CHAT_METRICS)

/** The rows of the table whose header begins with these cells, without the header. */
function table(...header: string[]): string[][] {
  const lines = page.split('\n').map((line) => (line.startsWith('|') ? cells(line) : null))
  const start = lines.findIndex((row) => row && header.every((cell, column) => row[column] === cell))
  expect(start, `a table with the header ${header.join(', ')}`).toBeGreaterThanOrEqual(0)
  const end = lines.findIndex((row, line) => line > start && row === null)
  return lines.slice(start + 2, end).map((row) => row ?? [])
}

const cells = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

describe('docs/metrics.md says what the code does', () => {
  test('every metric, with type, labels, meaning and its like in vLLM', () => {
    const expected = definitions.map(({ name, type, labels, help, vllm = [] }) => [
      `\`${name}\``,
      type,
      code(labels),
      help,
      code(vllm),
    ])
    expect(table('name', 'type')).toEqual(expected)
  })

  test('every edge', () => {
    const expected = definitions.flatMap(({ name, edges }) =>
      edges ? [[`\`${name}\``, edges.join(' ')]] : [],
    )
    expect(table('histogram', 'edges')).toEqual(expected)
  })

  test('what is counted when', async () => {
    const rows = table('metric', ...REQUEST_STATUSES)
    for (const [column, status] of REQUEST_STATUSES.entries()) {
      const counted = await countedAt(status)
      for (const [name = '', ...marks] of rows) {
        const mark = counted.has(name.replaceAll('`', '')) ? '✓' : '–'
        expect(marks[column], `${name} at ${status}`).toBe(mark)
        counted.delete(name.replaceAll('`', ''))
      }
      expect([...counted], `counted at ${status} and not in the table`).toEqual([])
    }
  })

  test('vLLM’s names beside ours are those of the code', () => {
    for (const [ours = '', theirs = ''] of table('ours', 'vLLM’s')) {
      const named = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => name ?? '')
      const expected = definitions
        .filter(({ name }) => named(ours).includes(name))
        .flatMap(({ vllm = [] }) => vllm)
      expect(named(theirs)).toEqual(expected)
    }
  })
})

/** The metrics that one generation with this status changes. */
async function countedAt(status: (typeof REQUEST_STATUSES)[number]): Promise<Set<string>> {
  const metrics = createChatMetrics({ defaultMetrics: false })
  metrics.setModels(['m'])
  const timings = {
    queuedMs: 1,
    upstreamTtftMs: 1,
    ttftMs: 1,
    e2eMs: 1,
    interTokenMsMean: 1,
    tokensPerSecond: 1,
    longestGapMs: 1,
  }
  metrics.countGeneration({
    door: 'trpc',
    model: 'm',
    status,
    timings,
    usage: { promptTokens: 1, completionTokens: 1 },
  })
  const after = parseExposition(await metrics.text())
  const changed = definitions.filter(({ name, type }) =>
    after.sum(type === 'histogram' ? `${name}_count` : name),
  )
  return new Set(changed.map(({ name }) => name))
}
