import { expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import { measure, type Load } from './measure.ts'
import type { CompletionRequest } from './vllm-client.ts'

const load: Load = {
  batches: [2],
  checkBatch: 2,
  prompts: [32],
  maxNumBatchedTokens: 8_192,
  maxModelLen: 100,
  seconds: 0,
}

/** A server that sends a token per millisecond. It answers the first `parted` batches of two one after the other. */
function serverOf(parted: number) {
  const pending: number[] = []
  const complete = ({ prompt, outputTokens }: CompletionRequest): Promise<Answer> => {
    pending.push(outputTokens)
    const batches = Math.ceil((pending.length - FIRST) / 2)
    const second = pending.length > FIRST && pending.length % 2 === FIRST % 2
    const startMs = second && batches <= parted ? 1_000 : 0
    return Promise.resolve({
      sentMs: 0,
      promptTokens: prompt.split(' ').length + 10,
      completionTokens: outputTokens,
      progress: Array.from({ length: outputTokens }, (_, index) => ({
        atMs: startMs + index,
        tokens: index + 1,
      })),
      serverPrefillMs: undefined,
    })
  }
  return { pending, complete }
}
/** Requests before the first measured batch: two that count words, and a batch of two that warms up. */
const FIRST = 4

it('asks a batch again, and for more, when it was not decoded together', async () => {
  const server = serverOf(1)
  const { checks } = await measure(server, load, () => undefined)
  expect(server.pending.slice(FIRST, FIRST + 4)).toEqual([25, 25, 50, 50])
  expect(checks[0]).toMatchObject({ stepMs: 1, outputTokens: 50 })
})

it('gives up in the end, and never asks for more than the model takes', async () => {
  const server = serverOf(100)
  await expect(measure(server, load, () => undefined)).rejects.toThrow(
    '2 requests were never decoded together',
  )
  expect(server.pending.slice(FIRST)).toEqual([25, 25, 50, 50, 68, 68, 68, 68])
})
