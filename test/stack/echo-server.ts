import { once } from 'node:events'
import {
  delta,
  events,
  type ScriptedUpstream,
  startScripted,
} from '../../apps/api/src/testing/scripted-upstream.ts'

export const LISTED = Array.from({ length: 12 }, (_, i) => `org/model-${String(i + 1).padStart(2, '0')}`)
export const STANDARD = 'org/model-07'

/**
 * A model server that repeats the question: in one burst, or word by word if the question contains "slowly". It refuses
 * "too long" as too long. It lists twelve models, two of them twice, and one without a name.
 */
export function startEcho(): Promise<ScriptedUpstream> {
  const data = [...LISTED, LISTED[2], '', LISTED[0]].map((id) => ({ id, object: 'model' }))
  return startScripted(echo, (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data }))
  })
}

const echo: Parameters<typeof startScripted>[0] = (response, _, body) => {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] }
  const text = messages.at(-1)?.content ?? ''
  if (text.includes('too long')) {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"This model\'s maximum context length is 10 tokens."}}')
    return
  }
  const words = text.match(/\S+\s*/g) ?? []
  const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: words.length } }
  const last = [delta('', 'stop'), usage, '[DONE]']
  if (!text.includes('slowly')) {
    events(response, ...words.map((word) => delta(word)), ...last)
    response.end()
    return
  }
  const timer = setInterval(() => {
    const word = words.shift()
    if (word !== undefined) return events(response, delta(word))
    clearInterval(timer)
    events(response, ...last)
    response.end()
  }, 30)
  void once(response, 'close').then(() => clearInterval(timer))
}
