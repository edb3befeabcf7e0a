import { z } from 'zod'
import { beginning, estimatedTokens } from '../../dialogues/length.ts'
import { material } from '../../dialogues/material.ts'
import { MAX_TOKENS } from '../../schema/conversation.ts'
import { RandomStream } from '../../random/random-stream.ts'
import type { TracedConversation } from '../../plan/traced-conversation.ts'
import type { TraceFile } from './trace-file.ts'

/** Number of blocks whose text is cached, since blocks recur soon. */
const CACHED_BLOCKS = 4096

const request = z.looseObject({
  timestamp: z.number().min(0),
  input_length: z.int().min(1).max(MAX_TOKENS),
  output_length: z.int().min(1).max(MAX_TOKENS),
  hash_ids: z.array(z.int()).default([]),
})

/**
 * Reads Mooncake's JSONL (https://github.com/kvcache-ai/Mooncake): a request a line, `timestamp` in
 * milliseconds, lengths in tokens. `hash_ids` name the prompt's blocks of `blockTokens` tokens in order.
 * Equal ids give equal text, so that prompts that shared a prefix share one here.
 */
export function readMooncake(file: TraceFile, blockTokens: number): TracedConversation[] {
  const found: TracedConversation[] = []
  const block = rememberedBlocks(blockTokens)
  for (const { line, text } of file.lines()) {
    if (file.isEnough(found.length)) break
    const result = parsed(text)
    const problem = typeof result === 'string' ? result : blocksProblem(result, blockTokens)
    if (typeof result === 'string' || problem !== undefined) {
      file.invalid(line, problem ?? '')
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

/** What is wrong if the ids do not fit the block size: most shared prefixes, or ids, would be lost. */
function blocksProblem(
  { input_length: tokens, hash_ids: { length } }: z.output<typeof request>,
  blockTokens: number,
): string | undefined {
  if (length === 0 || fits(tokens, length, blockTokens)) return undefined
  const other = BLOCK_SIZES.find((size) => fits(tokens, length, size))
  const hint =
    other === undefined ? '' : `; ${length} would be of ${other}: set executor.blockTokens=${other}`
  const blocks = Math.ceil(tokens / blockTokens)
  return `hash_ids names ${length} blocks, and ${tokens} tokens are ${blocks} of ${blockTokens}${hint}`
}

/** Some traces leave out the last block if it is not full. */
const fits = (tokens: number, length: number, size: number) =>
  length === Math.ceil(tokens / size) || length === Math.floor(tokens / size)

/** Common block sizes of prefix caches. */
const BLOCK_SIZES = [512, 16, 32, 64, 128, 256, 1024, 2048, 8, 4]

function prompt(
  ids: readonly number[],
  tokens: number,
  block: (id: number) => string,
  random: RandomStream,
): string {
  const shared = ids.map(block).join('')
  const rest = tokens - estimatedTokens(shared)
  return rest > 0 ? shared + material('en', rest, random) : beginning(shared, tokens)
}

/** Makes the text of a block, always of the same length, so that the text after it starts at a block boundary. */
function rememberedBlocks(tokens: number): (id: number) => string {
  const blocks = new Map<number, string>()
  return (id) => {
    const known = blocks.get(id)
    if (known !== undefined) return known
    if (blocks.size >= CACHED_BLOCKS) blocks.clear()
    const text = material('en', tokens * 1.1 + 8, new RandomStream('mooncake block', id))
    const whole = `${text.slice(0, tokens * 4 - 1)} `
    blocks.set(id, whole)
    return whole
  }
}
