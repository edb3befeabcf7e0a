import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { startAnswer } from './answer.ts'
import type { GenerationEvent } from './contract.ts'

const finished = { type: 'finished', reason: 'stop' } as GenerationEvent

async function* eventsOf(...events: GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  for (const event of events) yield await Promise.resolve(event)
}

test('a signal that outlives its answers holds none of them', async () => {
  const { signal } = new AbortController()
  const watch = (): AsyncIterable<GenerationEvent> => eventsOf({ type: 'delta', text: 'x' }, finished)
  const stop = (): Promise<void> => Promise.resolve()
  for (let i = 0; i < 20; i++) {
    const answer = startAnswer({ start: () => Promise.resolve({ generationId: 'g' }), watch, stop }, signal)
    // A reader that has seen `finished` need not ask for another event.
    for await (const event of answer) if (event.type === 'finished') break
    const failing = startAnswer({ start: () => Promise.reject(new Error('refused')), watch, stop }, signal)
    await expect(failing.ids).rejects.toThrow('refused')
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an answer that was left early is still stopped by its signal', async () => {
  const over = new AbortController()
  const stopped: string[] = []
  const answer = startAnswer(
    {
      start: () => Promise.resolve({ generationId: 'g' }),
      watch: () => eventsOf({ type: 'delta', text: 'x' }, finished),
      stop: (id) => Promise.resolve(stopped.push(id)),
    },
    over.signal,
  )
  for await (const _event of answer) break
  over.abort()
  await new Promise(setImmediate)
  expect(stopped).toEqual(['g'])
})
