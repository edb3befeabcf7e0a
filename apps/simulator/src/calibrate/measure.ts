import { decodeWork, prefillWork } from '../engine/step-work.ts'
import type { Answer } from './answer.ts'
import type { Sample } from './observation.ts'
import { plateauOf } from './plateau.ts'
import { PromptSource } from './prompt.ts'
import { type Server, Unmeasurable } from './server.ts'

/** The load of every round. */
export interface Plan {
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
const LEAST_TOKENS = 8
/** Most attempts at a batch, because other work on the machine can separate its requests. */
const MOST_ATTEMPTS = 4
/** Most prompt tokens of a batch, in units of the longest prompt. */
const BATCH_PROMPTS = 8

interface Shot {
  readonly batch: number
  readonly promptTokens: number
}

/** Measures in rounds that ask for every combination once, so that other load on the machine affects all alike. */
export async function measure(
  server: Pick<Server, 'ask'>,
  plan: Plan,
  say: (line: string) => void,
): Promise<Measurement> {
  const prompts = new PromptSource()
  const outputTokens = ({ batch, promptTokens }: Shot) =>
    PLATEAU_TOKENS + Math.ceil((batch * promptTokens) / plan.maxNumBatchedTokens)
  const shots = [...plan.batches, plan.checkBatch].flatMap((batch) => shotsOf(batch, plan.prompts))
  const longest = Math.max(...plan.prompts) + Math.max(...shots.map(outputTokens))
  if (plan.maxModelLen !== undefined && longest > plan.maxModelLen)
    throw new Unmeasurable(
      `--prompts: the server takes ${plan.maxModelLen} tokens, and ${longest} are needed`,
    )
  const ask = (words: number, tokens: number) =>
    server.ask({ prompt: prompts.next(words), outputTokens: tokens, salt: prompts.salt() })
  say('warming up …')
  const words = await wordsFor(ask)
  const most = Math.max(...plan.batches, plan.checkBatch)
  const least = Math.min(...plan.prompts)
  await Promise.all(Array.from({ length: most }, () => ask(words(least), LEAST_TOKENS)))

  /**
   * Asks for a batch. Each further attempt is twice as long, so that a pause that spoiled one is a small part of the
   * next.
   */
  const answersTo = async (shot: Shot): Promise<Answer[]> => {
    const room = (plan.maxModelLen ?? Infinity) - shot.promptTokens
    for (let attempt = 1, tokens = outputTokens(shot); ; attempt++, tokens = Math.min(2 * tokens, room)) {
      const asked = Array.from({ length: shot.batch }, () => ask(words(shot.promptTokens), tokens))
      const answers = await Promise.all(asked)
      if (attempt === MOST_ATTEMPTS || plateauOf(answers, LEAST_TOKENS) !== undefined) return answers
    }
  }

  const samples: Sample[] = []
  const checks: CheckSample[] = []
  const startedMs = performance.now()
  let longestMs = 0
  for (let rounds = 1; ; rounds++) {
    const roundMs = performance.now()
    for (const shot of shots) {
      const answers = await answersTo(shot)
      if (shot.batch === plan.checkBatch) checks.push(checkOf(shot, answers))
      else samples.push(...samplesOf(shot, answers))
    }
    longestMs = Math.max(longestMs, performance.now() - roundMs)
    const spentMs = performance.now() - startedMs
    say(`round ${rounds} of ${shots.length} batches: ${(spentMs / 1000).toFixed(0)} s so far`)
    if (spentMs + longestMs > plan.seconds * 1000) return { samples, checks, rounds }
  }
}

/** Every prompt length for a single request; for a batch, the shortest and the longest that is within the limit. */
function shotsOf(batch: number, prompts: readonly number[]): Shot[] {
  const most = Math.max(...prompts) * BATCH_PROMPTS
  const possible = prompts.filter((tokens) => batch * tokens <= most)
  const [shortest = Math.min(...prompts)] = possible
  const chosen = batch === 1 ? prompts : [...new Set([shortest, possible.at(-1) ?? shortest])]
  return chosen.map((promptTokens) => ({ batch, promptTokens }))
}

/** Measures how many tokens a word and the chat template have. @returns a function from tokens to the number of words */
async function wordsFor(
  ask: (words: number, tokens: number) => Promise<Answer>,
): Promise<(tokens: number) => number> {
  const [few, many] = [4, 104]
  const small = await ask(few, LEAST_TOKENS)
  const large = await ask(many, LEAST_TOKENS)
  const perWord = (large.promptTokens - small.promptTokens) / (many - few)
  if (!(perWord > 0)) throw new Unmeasurable('The server counts no more prompt tokens for a longer prompt.')
  const template = small.promptTokens - few * perWord
  return (tokens) => Math.max(1, Math.round((tokens - template) / perWord))
}

function samplesOf(shot: Shot, answers: readonly Answer[]): Sample[] {
  const samples: Sample[] = []
  const [answer] = answers
  if (shot.batch === 1 && answer !== undefined) {
    const fromRequest = answer.serverPrefillMs === undefined
    const ms = answer.serverPrefillMs ?? ttftOf(answer)
    const work = prefillWork(answer.promptTokens)
    samples.push({ name: `prefill ${shot.promptTokens}`, work, ms, fromRequest })
  }
  const { stepMs, contexts } = plateau(shot, answers)
  samples.push({ name: nameOf(shot), work: decodeWork(contexts), ms: stepMs, fromRequest: false })
  return samples
}

function checkOf(shot: Shot, answers: readonly Answer[]): CheckSample {
  const { stepMs, tokensPerSecond } = plateau(shot, answers)
  return {
    name: nameOf(shot),
    promptTokens: answers.map(({ promptTokens }) => promptTokens),
    outputTokens: Math.max(...answers.map(({ completionTokens }) => completionTokens)),
    stepMs,
    tokensPerSecond,
    ttftMs: answers.map(ttftOf),
  }
}

const nameOf = ({ batch, promptTokens }: Shot) => `decode ${batch} × ${promptTokens}`
const ttftOf = ({ sentMs, progress }: Answer) => (progress[0]?.atMs ?? NaN) - sentMs

function plateau(shot: Shot, answers: readonly Answer[]) {
  const found = plateauOf(answers, LEAST_TOKENS)
  if (found !== undefined) return found
  throw new Unmeasurable(
    `${shot.batch} requests were never decoded together: the server runs fewer at once (--max-num-seqs), or ` +
      'computes fewer prompt tokens in a step than --max-num-batched-tokens says.',
  )
}
