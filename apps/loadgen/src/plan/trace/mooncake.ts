import { z } from 'zod'
import { beginning, estimatedTokens } from '../../dialogues/length.ts'
import { material } from '../../dialogues/material.ts'
import { MOST_TOKENS } from '../../scenario/conversation.ts'
import { RandomStream } from '../random-stream.ts'
import type { TracedConversation } from './traced-conversation.ts'
import type { TraceFile } from './trace-file.ts'

/** Tokens that one hash id stands for. Source: Mooncake's trace, https://github.com/kvcache-ai/Mooncake. */
const BLOCK_TOKENS = 512
/** Blocks that recur soon are not written again. */
const REMEMBERED = 4096

const request = z.looseObject({
  timestamp: z.number().min(0),
  input_length: z.int().min(1).max(MOST_TOKENS),
  output_length: z.int().min(1).max(MOST_TOKENS),
  hash_ids: z.array(z.int()).default([]),
})

/**
 * Mooncake's JSONL: a request a line, `timestamp` in milliseconds, lengths in tokens. `hash_ids` name the prompt's blocks
 * of 512 tokens one after the other; equal ids give equal text, so that prompts that shared a prefix share one here.
 */
export function readMooncake(file: TraceFile, limit: number): TracedConversation[] {
  const found: TracedConversation[] = []
  const block = rememberedBlocks()
  for (const { line, text } of file.lines()) {
    if (found.length === limit) break
    const result = parsed(text)
    if (typeof result === 'string') {
      file.report(result, { line })
      continue
    }
    const { timestamp, input_length, output_length, hash_ids } = result
    found.push({
      atMs: timestamp,
      messages: (random) => [
        { content: prompt(hash_ids, input_length, block, random('material')), maxTokens: output_length },
      ],
    })
  }
  return found
}

function parsed(text: string): z.output<typeof request> | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `not JSON: ${(error as Error).message}`
  }
  const result = request.safeParse(value)
  if (result.success) return result.data
  return result.error.issues
    .map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`)
    .join('; ')
}

function prompt(
  ids: readonly number[],
  tokens: number,
  block: (id: number) => string,
  random: RandomStream,
): string {
  const shared = ids
    .slice(0, Math.ceil(tokens / BLOCK_TOKENS))
    .map(block)
    .join('')
  const rest = tokens - estimatedTokens(shared)
  return rest > 0 ? shared + material('en', rest, random) : beginning(shared, tokens)
}

/** The text of a block: always of the same length, so that what follows it stands at a block's start. */
function rememberedBlocks(): (id: number) => string {
  const blocks = new Map<number, string>()
  return (id) => {
    const known = blocks.get(id)
    if (known !== undefined) return known
    if (blocks.size >= REMEMBERED) blocks.clear()
    const text = material('en', BLOCK_TOKENS * 1.1, new RandomStream('mooncake block', id))
    const whole = `${text.slice(0, BLOCK_TOKENS * 4 - 1)} `
    blocks.set(id, whole)
    return whole
  }
}
