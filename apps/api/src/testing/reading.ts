import type { FinishedEvent, GenerationEvent } from '@slicechat/client'

/** The content of an answer that was read to its end. */
export interface Read {
  events: GenerationEvent[]
  text: string
  reasoning: string
  finished: FinishedEvent
}

/** Reads an answer to its end. @throws when the stream ends without `finished` */
export async function readAll(answer: AsyncIterable<GenerationEvent>): Promise<Read> {
  const events: GenerationEvent[] = []
  for await (const event of answer) events.push(event)
  const text = events.map((event) => (event.type === 'delta' ? event.text : '')).join('')
  const reasoning = events.map((event) => (event.type === 'reasoning' ? event.text : '')).join('')
  const finished = events.at(-1)
  if (finished?.type !== 'finished') throw new Error('the stream ended without finished')
  return { events, text, reasoning, finished }
}

export const ask = (content: string): { messages: { role: 'user'; content: string }[] } => ({
  messages: [{ role: 'user', content }],
})
