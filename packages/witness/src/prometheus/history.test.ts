import { expect, test } from 'vitest'
import { witnessesFromPrometheus } from './prometheus.ts'
import { queryServer, selected, type Stored } from './testing/query-server.ts'

const ZERO_MS = 1_700_000_000_000
const span = { fromMs: ZERO_MS, untilMs: ZERO_MS + 10_000 }

/** A pod that was scraped each second between these times, in seconds from the run's beginning. */
const running = (instance: string, namespace: string, fromS: number, untilS: number): Stored => ({
  metric: { __name__: 'vllm:num_requests_running', model_name: 'm', pod: 'vllm-0', namespace, instance },
  values: Array.from(
    { length: untilS - fromS + 1 },
    (_, index) => [ZERO_MS / 1000 + fromS + index, '0'] as const,
  ),
})

const instances = async (...stored: Stored[]) => {
  using server = await queryServer(({ form }) => ({
    status: 200,
    body: JSON.stringify({
      status: 'success',
      data: { resultType: 'matrix', result: selected(stored, form) },
    }),
  }))
  const { witnesses } = await witnessesFromPrometheus({ url: new URL(server.origin) }, span)
  return witnesses.flatMap(({ over }) => over.map(({ labels }) => labels['instance']))
}

test('pods of two namespaces with one name are two, and a pod that was moved is one', async () => {
  expect(
    await instances(running('10.0.0.1:8000', 'a', -5, 15), running('10.0.0.2:8000', 'b', -5, 15)),
  ).toEqual(['vllm-0 (10.0.0.1:8000)', 'vllm-0 (10.0.0.2:8000)'])
  expect(await instances(running('10.0.0.1:8000', 'a', -5, 3), running('10.0.0.3:8000', 'a', 6, 15))).toEqual(
    ['vllm-0', 'vllm-0'],
  )
})
