import { randomUUID } from 'node:crypto'
import type {
  Conversation,
  ConversationExport,
  ConversationSummary,
  Message,
  Page,
} from '@slicechat/contract'
import type { z } from 'zod'
import type { importFile, list, PromptMessage, send } from '../input.ts'
import type { Spender } from '../access/budgets/budgets.ts'
import { CodedError } from '../errors.ts'
import type { Accepted, GenerationRequest } from '../generations/generation.ts'
import type { Generations } from '../generations/generations.ts'
import type { SingleFlight } from '../generations/single-flight.ts'
import { storedAnyway } from '../generations/stored-anyway.ts'
import { expectedTokens } from '../generations/token-estimate.ts'
import type { ConversationStore } from '../store/conversations.ts'
import type { GenerationIds } from '../store/generation-queries.ts'
import type { GenerationStore } from '../store/generations.ts'
import { withNewIds } from './imported.ts'
import { toExport } from './exported.ts'
import { branch, toPrompt } from './history.ts'
import { type NewAnswer, type Question, writeAnswer } from './new-answer.ts'
import { openAnswers, refresh } from './open-answers.ts'
import type { Revisions } from './revisions.ts'
import { type StartedAnswer, toStarted } from './started-answer.ts'

type SendCall = z.infer<typeof send> & Accepted

interface RegenerateCall extends Accepted {
  requestId: string
  messageId: string
  model?: string | undefined
}

/** What the conversations of all owners share. */
export interface ConversationParts {
  conversationStore: ConversationStore
  generationStore: GenerationStore
  generations: Generations
  revisions: Revisions
  /** Answers in conversations whose start is under way. */
  starting: SingleFlight<StartedAnswer>
}

/** The conversations of one owner. */
export class Conversations {
  readonly #caller: Spender
  readonly #store: ConversationStore
  readonly #parts: ConversationParts

  constructor(caller: Spender, parts: ConversationParts) {
    this.#caller = caller
    this.#store = parts.conversationStore
    this.#parts = parts
  }

  /** Lists conversations, newest first; `query` searches titles and messages. */
  list(call: z.infer<typeof list>): Promise<Page<ConversationSummary>> {
    return this.#store.list(this.#caller.owner, call)
  }

  /**
   * Stores a user's message and begins the answer. A repeated `requestId` returns the same answer.
   * @throws {CodedError} NOT_FOUND, BAD_INPUT, RATE_LIMITED, QUEUE_FULL, SHUTTING_DOWN
   */
  send(input: SendCall): Promise<StartedAnswer> {
    return this.#parts.starting.run(`${this.#caller.owner} ${input.requestId}`, () => this.#send(input))
  }

  async #send(input: SendCall): Promise<StartedAnswer> {
    const known = await this.#find(input.requestId)
    if (known !== undefined) return this.#resume(known, input)
    const { conversationId, parentId, content } = input
    if (conversationId === undefined && typeof parentId === 'string')
      throw new CodedError('BAD_INPUT', 'A parent needs its conversation.', { field: 'conversationId' })
    const userMessageId = randomUUID()
    return this.#answer(
      { ...input, userMessageId, params: input.params ?? {} },
      { id: userMessageId, content, parentId },
    )
  }

  /**
   * Begins another answer beside `messageId`: to the same question, with the same parameters, and by the same model
   * unless the call names another.
   * @throws {CodedError} NOT_FOUND, BAD_INPUT, RATE_LIMITED, QUEUE_FULL, SHUTTING_DOWN
   */
  regenerate(input: RegenerateCall): Promise<StartedAnswer> {
    return this.#parts.starting.run(`${this.#caller.owner} ${input.requestId}`, () => this.#regenerate(input))
  }

  async #regenerate(call: RegenerateCall): Promise<StartedAnswer> {
    const owner = this.#caller.owner
    const { requestId, messageId, acceptedAt } = call
    const known = await this.#find(requestId)
    if (known !== undefined) return this.#resume(known, call)
    const conversationId = await this.#store.ofMessage(owner, messageId)
    const messages = await this.#store.messages(conversationId)
    const old = messages.find(({ id }) => id === messageId)
    if (old?.role !== 'assistant' || old.parentId === null)
      throw new CodedError('BAD_INPUT', 'Only an answer can be generated again.', { field: 'messageId' })
    const before = old.generation && (await this.#parts.generationStore.find(owner, old.generation.id))
    return this.#answer({
      requestId,
      conversationId,
      userMessageId: old.parentId,
      model: call.model ?? old.generation?.model ?? undefined,
      params: before?.params ?? {},
      acceptedAt,
    })
  }

  /** @throws {CodedError} NOT_FOUND */
  async get(id: string): Promise<Conversation> {
    const summary = await this.#store.summary(this.#caller.owner, id)
    const messages = await this.#store.messages(id)
    return { ...summary, messages: await refresh(messages, this.#caller.owner, this.#parts.generations) }
  }

  /** Removes a conversation and ends its running answers. @throws {CodedError} NOT_FOUND */
  async remove(id: string): Promise<void> {
    await this.#store.summary(this.#caller.owner, id)
    for (const { generation } of openAnswers(await this.#store.messages(id)))
      await this.#parts.generations.stop(this.#caller.owner, generation.id)
    await this.#store.remove(this.#caller.owner, id)
    this.#parts.revisions.next(this.#caller.owner)
  }

  /** @throws {CodedError} NOT_FOUND */
  async rename(id: string, title: string): Promise<void> {
    await this.#store.rename(this.#caller.owner, id, title)
    this.#parts.revisions.next(this.#caller.owner)
  }

  /** @throws {CodedError} NOT_FOUND */
  async export(id: string): Promise<ConversationExport> {
    return toExport(await this.get(id))
  }

  /**
   * Imports an exported conversation as a new one, with new ids.
   * @throws {CodedError} BAD_INPUT when the messages form no tree
   */
  async import({ title, messages }: z.infer<typeof importFile>): Promise<{ id: string }> {
    const renamed = withNewIds(messages)
    const imported = await this.#store.transaction(async (transaction) => {
      const id = await this.#store.create(transaction, this.#caller.owner, title)
      await this.#store.append(transaction, id, renamed, 0)
      return { id }
    })
    this.#parts.revisions.next(this.#caller.owner)
    return imported
  }

  #find(requestId: string): Promise<GenerationIds | undefined> {
    return this.#parts.generationStore.ofRequest(this.#caller.owner, requestId)
  }

  /** The answer of a call that is repeated. If it was stored but never begun, it begins now. */
  async #resume(known: GenerationIds, { acceptedAt }: Accepted): Promise<StartedAnswer> {
    const { owner } = this.#caller
    const { generations, generationStore } = this.#parts
    const started = toStarted(known)
    const stored =
      (await generations.isAbandoned(owner, known.id)) && (await generationStore.find(owner, known.id))
    if (!stored) return started
    const { params, requestId, state } = stored
    const model = state.model ?? undefined
    return generations.admit(
      { spender: this.#caller, model, expectedTokens: () => expectedTokens(params, '') },
      (begin) => {
        begin(this.#request(started, { requestId, params, model, acceptedAt }))
        return Promise.resolve(started)
      },
    )
  }

  /** Writes the message(s) and the generation's row in one transaction, then begins the answer. */
  async #answer(answer: NewAnswer, question?: Question): Promise<StartedAnswer> {
    const { requestId, params, model } = answer
    const expected = (): number => expectedTokens(params, question?.content ?? '')
    return this.#parts.generations.admit(
      { spender: this.#caller, model, expectedTokens: expected },
      async (begin) => {
        const outcome = await storedAnyway(
          () => writeAnswer(this.#caller, this.#parts, answer, question),
          () => this.#find(requestId),
        )
        this.#parts.revisions.next(this.#caller.owner)
        const started = 'found' in outcome ? toStarted(outcome.found) : outcome.written
        const { owner } = this.#caller
        if ('found' in outcome && !(await this.#parts.generations.isAbandoned(owner, outcome.found.id)))
          return started
        const opening = answer.conversationId === undefined ? question?.content : undefined
        begin(this.#request(started, answer, opening))
        return started
      },
    )
  }

  /** @param opening the question, if it is the conversation's first message; else the messages are read */
  #request(
    { generationId: id, conversationId, userMessageId }: StartedAnswer,
    { requestId, params, model, acceptedAt }: Omit<NewAnswer, 'userMessageId'>,
    opening?: string,
  ): GenerationRequest {
    const { generations } = this.#parts
    const read = async (): Promise<Message[]> => {
      const messages = branch(await this.#store.messages(conversationId), userMessageId)
      return refresh(messages, this.#caller.owner, generations)
    }
    const prompt = async (): Promise<PromptMessage[]> =>
      toPrompt(
        opening === undefined ? await read() : [{ role: 'user', content: opening }],
        params.systemPrompt,
      )
    return { ...this.#caller, id, requestId, model, params, acceptedAt, mayCut: true, prompt }
  }
}
