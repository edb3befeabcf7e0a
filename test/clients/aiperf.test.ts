import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, startStack } from '@slicechat/api/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programOf, pythonOf, runProgram } from './python.ts'

const TOKENIZER = join(import.meta.dirname, 'byte_tokenizer.py')
const KEY = 'a-key-of-sixteen-characters'
const REQUESTS = 20
const TTFT_MS = 100
const python = pythonOf('aiperf')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicechat-aiperf-'))
  if (python !== undefined) await runProgram(python, [TOKENIZER, join(folder, 'hf')])
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Report {
  request_count: { avg: number }
  request_error_rate?: { avg: number }
  total_usage_prompt_tokens: { avg: number }
  total_usage_completion_tokens: { avg: number }
  time_to_first_token: { avg: number }
}

/** Loads an API with AIPerf. @returns what it reports */
async function load(stack: Stack, endpoint: 'chat' | 'completions'): Promise<Report> {
  const response = await fetch(`${stack.api.url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } })
  const { data } = (await response.json()) as { data: { id: string }[] }
  const out = join(folder, endpoint)
  const target = [
    '--url',
    stack.api.url,
    '--model',
    data[0]?.id ?? '',
    '--endpoint-type',
    endpoint,
    '--streaming',
  ]
  const counted = ['--api-key', KEY, '--tokenizer', 'slicechat/bytes', '--use-server-token-count']
  const amount = ['--request-count', String(REQUESTS), '--concurrency', '4', '--isl', '40', '--osl', '20']
  const output = ['--artifact-dir', out, '--ui', 'none', '--no-gpu-telemetry', '--no-server-metrics']
  await runProgram(
    programOf(python ?? '', 'aiperf'),
    ['profile', ...target, ...counted, ...amount, ...output],
    {
      // It keeps settings in the home folder.
      env: { HOME: folder, HF_HOME: join(folder, 'hf'), HF_HUB_OFFLINE: '1' },
      timeoutMs: 280_000,
    },
  )
  return JSON.parse(await readFile(join(out, 'profile_export_aiperf.json'), 'utf8')) as Report
}

describe.skipIf(python === undefined)('AIPerf', () => {
  test.each(['chat', 'completions'] as const)(
    'its figures of %s are what the API counted',
    async (endpoint) => {
      const env = { API_KEYS: `load:${KEY}`, MAX_ACTIVE_GENERATIONS: '2' }
      await using stack = await startStack({ simulator: { ttftMs: TTFT_MS, itlMs: 5 }, env })
      const report = await load(stack, endpoint)
      const metrics = await stack.metrics()
      expect(report.request_count.avg).toBe(REQUESTS)
      expect(report.request_error_rate?.avg ?? 0).toBe(0)
      expect(metrics.requests()).toEqual({ success: REQUESTS })
      expect(metrics.sum('chat_requests_total', { door: 'openai' })).toBe(REQUESTS)
      const tokens = (kind: string): number => metrics.sum('chat_tokens_total', { kind })
      expect(report.total_usage_completion_tokens.avg).toBe(tokens('completion'))
      expect(report.total_usage_prompt_tokens.avg).toBe(tokens('prompt'))
      expect(tokens('completion')).toBeGreaterThan(REQUESTS)
      const first = 'chat_first_token_latency_seconds'
      expect(metrics.sum(`${first}_count`)).toBe(REQUESTS)
      const ofApiMs = (metrics.sum(`${first}_sum`) / REQUESTS) * 1_000
      // Two places for four callers: the API's own queue is in both figures. AIPerf also counts its connection and its own work.
      expect(ofApiMs).toBeGreaterThanOrEqual(TTFT_MS)
      expect(report.time_to_first_token.avg).toBeGreaterThanOrEqual(ofApiMs)
      expect(report.time_to_first_token.avg).toBeLessThan(ofApiMs + 1_000)
    },
    300_000,
  )
})
