import { decodeWork, prefillWork } from '../engine/step-work.ts'
import type { Answer } from './answer.ts'
import type { Sample } from './observation.ts'
import { plateauOf } from './plateau.ts'
import { PromptSource } from './prompt.ts'
import { type VllmClient, CalibrationError } from './vllm-client.ts'

/** The load of every round. */
export interface Load {
  readonly batches: readonly number[]
  readonly checkBatch: number
  /** Prompt lengths in tokens, met as nearly as whole words allow. */
  readonly prompts: readonly number[]
  /** Most tokens that the server computes in a step. It decides after how many steps a whole batch decodes. */
  readonly maxNumBatchedTokens: number
  readonly maxModelLen: number | undefined
  readonly seconds: number
}

/** One repeat of the batch that is predicted, not fitted. */
export interface CheckSample {
  readonly name: string
  readonly promptTokens: readonly number[]
  readonly outputTokens: number
  readonly stepMs: number
  readonly tokensPerSecond: number
  /** Time to first token of each request at the client, from the moment that it was sent. */
  readonly ttftMs: readonly number[]
}

export interface Measurement {
  readonly samples: readonly Sample[]
  readonly checks: readonly CheckSample[]
  readonly rounds: number
}

/** Tokens of each answer that are decoded on the plateau, approximately. */
const PLATEAU_TOKENS = 24
/** Fewest tokens on a plateau that count. */
const MIN_TOKENS = 8
/** Most attempts at a batch, because other work on the machine can separate its requests. */
const MAX_ATTEMPTS = 4
/** Most prompt tokens of a batch, in units of the longest prompt. */
const BATCH_PROMPTS = 8

interface BatchSpec {
  readonly batch: number
  readonly promptTokens: number
}

/** Measures in rounds that ask for every combination once, so that other load on the machine affects all alike. */
export async function measure(
  client: Pick<VllmClient, 'complete'>,
  load: Load,
  print: (line: string) => void,
): Promise<Measurement> {
  const prompts = new PromptSource()
  const outputTokens = ({ batch, promptTokens }: BatchSpec) =>
    PLATEAU_TOKENS + Math.ceil((batch * promptTokens) / load.maxNumBatchedTokens)
  const specs = [...load.batches, load.checkBatch].flatMap((batch) => specsOf(batch, load.prompts))
  const longest = Math.max(...load.prompts) + Math.max(...specs.map(outputTokens))
  if (load.maxModelLen !== undefined && longest > load.maxModelLen)
    throw new CalibrationError(
      `--prompts: the server takes ${load.maxModelLen} tokens, and ${longest} are needed`,
    )
  const complete = (words: number, tokens: number) =>
    client.complete({ prompt: prompts.next(words), outputTokens: tokens, salt: prompts.salt() })
  print('warming up …')
  const words = await wordsFor(complete)
  const most = Math.max(...load.batches, load.checkBatch)
  const least = Math.min(...load.prompts)
  await Promise.all(Array.from({ length: most }, () => complete(words(least), MIN_TOKENS)))

  /**
   * Asks for a batch. Each further attempt is twice as long, so that a pause that spoiled one is a small part of the
   * next.
   */
  const answersOf = async (spec: BatchSpec): Promise<Answer[]> => {
    const room = (load.maxModelLen ?? Infinity) - spec.promptTokens
    for (let attempt = 1, tokens = outputTokens(spec); ; attempt++, tokens = Math.min(2 * tokens, room)) {
      const pending = Array.from({ length: spec.batch }, () => complete(words(spec.promptTokens), tokens))
      const answers = await Promise.all(pending)
      if (attempt === MAX_ATTEMPTS || plateauOf(answers, MIN_TOKENS) !== undefined) return answers
    }
  }

  const samples: Sample[] = []
  const checks: CheckSample[] = []
  const startedMs = performance.now()
  let longestMs = 0
  for (let rounds = 1; ; rounds++) {
    const roundMs = performance.now()
    for (const spec of specs) {
      const answers = await answersOf(spec)
      if (spec.batch === load.checkBatch) checks.push(checkOf(spec, answers))
      else samples.push(...samplesOf(spec, answers))
    }
    longestMs = Math.max(longestMs, performance.now() - roundMs)
    const spentMs = performance.now() - startedMs
    print(`round ${rounds} of ${specs.length} batches: ${(spentMs / 1000).toFixed(0)} s so far`)
    if (spentMs + longestMs > load.seconds * 1000) return { samples, checks, rounds }
  }
}

/** Every prompt length for a single request; for a batch, the shortest and the longest that is within the limit. */
function specsOf(batch: number, prompts: readonly number[]): BatchSpec[] {
  const most = Math.max(...prompts) * BATCH_PROMPTS
  const possible = prompts.filter((tokens) => batch * tokens <= most)
  const [shortest = Math.min(...prompts)] = possible
  const chosen = batch === 1 ? prompts : [...new Set([shortest, possible.at(-1) ?? shortest])]
  return chosen.map((promptTokens) => ({ batch, promptTokens }))
}

/** Measures how many tokens a word and the chat template have. @returns a function from tokens to the number of words */
async function wordsFor(
  complete: (words: number, tokens: number) => Promise<Answer>,
): Promise<(tokens: number) => number> {
  const [few, many] = [4, 104]
  const small = await complete(few, MIN_TOKENS)
  const large = await complete(many, MIN_TOKENS)
  const perWord = (large.promptTokens - small.promptTokens) / (many - few)
  if (!(perWord > 0))
    throw new CalibrationError('The server counts no more prompt tokens for a longer prompt.')
  const template = small.promptTokens - few * perWord
  return (tokens) => Math.max(1, Math.round((tokens - template) / perWord))
}

function samplesOf(spec: BatchSpec, answers: readonly Answer[]): Sample[] {
  const samples: Sample[] = []
  const [answer] = answers
  if (spec.batch === 1 && answer !== undefined) {
    const fromRequest = answer.serverPrefillMs === undefined
    const ms = answer.serverPrefillMs ?? ttftOf(answer)
    const work = prefillWork(answer.promptTokens)
    samples.push({ name: `prefill ${spec.promptTokens}`, work, ms, fromRequest })
  }
  const { stepMs, contexts } = plateau(spec, answers)
  samples.push({ name: nameOf(spec), work: decodeWork(contexts), ms: stepMs, fromRequest: false })
  return samples
}

function checkOf(spec: BatchSpec, answers: readonly Answer[]): CheckSample {
  const { stepMs, tokensPerSecond } = plateau(spec, answers)
  return {
    name: nameOf(spec),
    promptTokens: answers.map(({ promptTokens }) => promptTokens),
    outputTokens: Math.max(...answers.map(({ completionTokens }) => completionTokens)),
    stepMs,
    tokensPerSecond,
    ttftMs: answers.map(ttftOf),
  }
}

const nameOf = ({ batch, promptTokens }: BatchSpec) => `decode ${batch} × ${promptTokens}`
const ttftOf = ({ sentMs, progress }: Answer) => (progress[0]?.atMs ?? NaN) - sentMs

function plateau(spec: BatchSpec, answers: readonly Answer[]) {
  const found = plateauOf(answers, MIN_TOKENS)
  if (found !== undefined) return found
  throw new CalibrationError(
    `${spec.batch} requests were never decoded together: the server runs fewer at once (--max-num-seqs), or ` +
      'computes fewer prompt tokens in a step than --max-num-batched-tokens says.',
  )
}
