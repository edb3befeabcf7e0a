import { type AnswerEnd, AnswerReader, type ServerError, type TokenUsage } from '@slicechat/model-server'
import { codeOfApi, messageOf } from './openai-errors.ts'
import type { Outcome } from './target.ts'
import { TextBuilder } from './text-builder.ts'

/** Reads the stream of one chat completion: its text, its token usage and how it ended. */
export class CompletionStream {
  readonly #text = new TextBuilder()
  readonly #reader: AnswerReader
  #usage: TokenUsage | undefined
  #said: ServerError | undefined

  /**
   * @param arrived called for each non-empty piece of content or reasoning, so not for the role chunk
   * @param contentType the response's Content-Type
   */
  constructor(arrived: (characters: number) => void, contentType?: string) {
    this.#reader = new AnswerReader(
      {
        piece: (content, reasoning) => {
          arrived(content.length + reasoning.length)
          if (content !== '') this.#text.append(content)
        },
        usage: (usage) => (this.#usage = usage),
      },
      contentType,
    )
  }

  /** The answer so far, without reasoning. */
  get text(): string {
    return this.#text.toString()
  }

  /** The error that the server sent in place of an answer, once the outcome is known. */
  get said(): ServerError | undefined {
    return this.#said
  }

  /** @param chunk is not kept: its bytes may be overwritten after the call */
  push(chunk: Buffer): void {
    this.#reader.push(chunk)
  }

  /** How the answer ended; call it once the connection has ended (with `error`, if it broke). */
  outcome(error?: Outcome['error']): Outcome {
    const end = this.#reader.end()
    if (end.kind === 'error') this.#said = end.error
    if (end.kind === 'finished') return { reason: end.finish.reason, error: undefined, ...this.#counts() }
    const reported = end.kind === 'broke-off' && error !== undefined ? error : failureOf(end)
    return { reason: 'error', error: reported, ...this.#counts() }
  }

  /** The outcome of an answer whose user closed the connection. */
  closed(): Outcome {
    return { reason: 'abandoned', error: undefined, ...this.#counts() }
  }

  #counts(): Pick<Outcome, 'promptTokens' | 'completionTokens' | 'apiTimings' | 'engineTimings'> {
    return {
      promptTokens: this.#usage?.promptTokens,
      completionTokens: this.#usage?.completionTokens,
      apiTimings: undefined,
      engineTimings: this.#reader.timings,
    }
  }
}

function failureOf(end: Exclude<AnswerEnd, { kind: 'finished' }>): NonNullable<Outcome['error']> {
  switch (end.kind) {
    case 'error':
      return {
        code: codeOfApi(end.error) ?? `STREAM_${end.error.status}`,
        message: messageOf(end.error.message) || 'The server reported an error.',
      }
    case 'given-up':
      return { code: 'BROKE_OFF', message: `The server ended the answer with “${end.finish.word}”.` }
    case 'broke-off':
      return { code: 'BROKE_OFF', message: 'The stream ended early.' }
    case 'no-json':
      return { code: 'BAD_CHUNK', message: 'The stream holds an event that is no JSON.' }
    case 'too-large':
      return { code: 'BAD_CHUNK', message: 'The stream holds an event that is too large.' }
    case 'empty': {
      const what = end.otherContent === '' ? `it ended with “${end.finish.word}”` : end.otherContent
      return { code: 'EMPTY', message: `The model gave no text: ${what}.` }
    }
    case 'no-answer': {
      const title = end.title === '' ? '' : `: the web page “${end.title}”`
      return { code: 'BAD_RESPONSE', message: `What came is no answer of a model server${title}.` }
    }
  }
}
