import { writeAnswer } from '../text/writer.ts'
import { seedOf } from '../text/random.ts'
import { END_OF_SEQUENCE, tokenize, type Token } from '../tokens/tokenizer.ts'
import { readDirectives } from './directives.ts'
import type { CompletionRequest } from './completion-request.ts'
import { applyStopStrings } from './stop-strings.ts'

/** A whole answer. It is decided before its first token; the engine only decides when each token comes. */
export interface Answer {
  /** All tokens of the answer, including the end of sequence. */
  readonly tokens: readonly Token[]
  /** The text that each token adds to what the client sees; undefined if that is always the token's own text. */
  readonly deltas: readonly string[] | undefined
  /** Number of tokens at the start that are reasoning. */
  readonly reasoningTokens: number
  readonly finishReason: 'stop' | 'length'
  /** The stop string that ended the answer, if one did. */
  readonly stopReason: string | null
}

const REASONING = {
  en: 'The user wants an answer that is correct and not too long. First recall what is known, then check it, then say it plainly.',
  zh: '用户想要一个准确而不太长的回答。先想清楚已知的内容，再检查一遍，最后简明地说出来。',
}

/** Decides the answer to a request that may produce `maxTokens` tokens. */
export function decideAnswer(
  request: CompletionRequest,
  options: { maxTokens: number; seed: number; variant: number; reasoning: boolean },
): Answer {
  const { message } = request
  const directives = readDirectives(message)
  const { maxTokens } = options
  const seed = seedOf(options.seed, options.variant, ...request.texts)
  const withReasoning = options.reasoning || directives.reasoning
  const reasoning = withReasoning
    ? tokenize(/\p{Script=Han}/u.test(message) ? REASONING.zh : REASONING.en)
    : []
  const exactTokens = directives.tokens ?? Infinity
  const minTokens = request.ignoreEos
    ? maxTokens
    : Math.min(maxTokens, Math.max(request.minTokens, directives.tokens ?? 0))
  const body =
    directives.echo === undefined
      ? writeAnswer(message, seed, minTokens - reasoning.length)
      : tokenize(directives.echo)
  const text = repeatedTo([...reasoning, ...body], minTokens)
  const ended = request.ignoreEos ? text : [...text.slice(0, exactTokens - 1), END_OF_SEQUENCE]
  return cutAtStop(
    ended.slice(0, maxTokens),
    ended.length <= maxTokens && !request.ignoreEos,
    request,
    reasoning.length,
  )
}

/** Repeats the tokens of an answer, such as a short echo, until there are `minTokens`. */
function repeatedTo(tokens: Token[], minTokens: number): Token[] {
  if (tokens.length >= minTokens || tokens.length === 0) return tokens
  const words = [...tokenize('\n'), ...tokens]
  const out = [...tokens]
  while (out.length < minTokens) out.push(...words)
  return out
}

function cutAtStop(
  tokens: readonly Token[],
  ends: boolean,
  request: CompletionRequest,
  reasoning: number,
): Answer {
  const finishReason = ends ? 'stop' : 'length'
  const reasoningTokens = Math.min(reasoning, tokens.length)
  if (request.stop.length === 0)
    return { tokens, deltas: undefined, reasoningTokens, finishReason, stopReason: null }
  const texts = tokens.map((token) => token.text)
  // Stop strings are searched in the answer only; reasoning is not held back.
  const { deltas, stop } = applyStopStrings(texts.slice(reasoningTokens), {
    stop: request.stop,
    include: request.includeStop,
    minTokens: Math.max(0, request.minTokens - reasoningTokens),
    ends: true,
  })
  const all = [...texts.slice(0, reasoningTokens), ...deltas]
  return {
    tokens: tokens.slice(0, all.length),
    deltas: all,
    reasoningTokens,
    finishReason: stop === undefined ? finishReason : 'stop',
    stopReason: stop ?? null,
  }
}

/** The text that the client sees of the tokens from `from` up to, but not including, `until`. */
export function textOf({ tokens, deltas }: Answer, from: number, until: number): string {
  if (until === from + 1) return deltas?.[from] ?? tokens[from]?.text ?? ''
  let text = ''
  for (let at = from; at < until; at++) text += deltas?.[at] ?? tokens[at]?.text ?? ''
  return text
}
