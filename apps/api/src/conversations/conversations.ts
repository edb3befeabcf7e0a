import { randomUUID } from 'node:crypto'
import type { Conversation, ConversationExport, ConversationSummary, Page } from '@slicechat/contract'
import type { z } from 'zod'
import type { importFile, list, Params, PromptMessage, send } from '../input.ts'
import type { Spender } from '../access/budgets/budgets.ts'
import { CodedError } from '../errors.ts'
import type { Accepted } from '../generations/generation.ts'
import type { Generations } from '../generations/generations.ts'
import type { SingleFlight } from '../generations/single-flight.ts'
import { expectedTokens } from '../generations/token-estimate.ts'
import type { ConversationStore, NewMessage } from '../store/conversations.ts'
import type { GenerationStore } from '../store/generations.ts'
import { withNewIds } from './imported.ts'
import { toExport } from './exported.ts'
import { branch, toPrompt } from './history.ts'
import { openAnswers, refresh } from './open-answers.ts'
import type { Revisions } from './revisions.ts'
import { type StartedAnswer, toStarted } from './started-answer.ts'
import { titleOf } from './title.ts'

type SendCall = z.infer<typeof send> & Accepted

interface RegenerateCall extends Accepted {
  requestId: string
  messageId: string
  model?: string | undefined
}

interface NewAnswer extends Accepted {
  requestId: string
  /** Absent if the message opens a conversation. */
  conversationId?: string | undefined
  userMessageId: string
  model?: string | undefined
  params: Params
}

/** A user's new message. `parentId` is its parent in the tree; by default the newest message of the conversation. */
interface Question {
  id: string
  content: string
  parentId?: string | null | undefined
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
    const known = await this.#known(input.requestId)
    if (known !== undefined) return known
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
    const known = await this.#known(requestId)
    if (known !== undefined) return known
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

  async #known(requestId: string): Promise<StartedAnswer | undefined> {
    const stored = await this.#parts.generationStore.ofRequest(this.#caller.owner, requestId)
    return stored && toStarted(stored)
  }

  /** Writes the message(s) and the generation's row in one transaction, then begins the answer. */
  async #answer(answer: NewAnswer, question?: Question): Promise<StartedAnswer> {
    const owner = this.#caller.owner
    const spender = this.#caller
    const { requestId, userMessageId, params, model, acceptedAt } = answer
    const expected = (): number => expectedTokens(params, question?.content ?? '')
    try {
      return await this.#parts.generations.admit(
        { spender, model, expectedTokens: expected },
        async (begin) => {
          const started = await this.#write(answer, question)
          this.#parts.revisions.next(owner)
          const prompt = async (): Promise<PromptMessage[]> =>
            toPrompt(
              answer.conversationId === undefined && question !== undefined
                ? [{ role: 'user', content: question.content }]
                : await refresh(
                    branch(await this.#store.messages(started.conversationId), userMessageId),
                    owner,
                    this.#parts.generations,
                  ),
              params.systemPrompt,
            )
          const { generationId: id } = started
          begin({ ...spender, id, requestId, model, params, acceptedAt, mayCut: true, prompt })
          return started
        },
      )
    } catch (error) {
      // Another kind of call, or another process, used the same id at the same time.
      const known = await this.#known(requestId)
      if (known !== undefined) return known
      throw error
    }
  }

  #write(answer: NewAnswer, question: Question | undefined): Promise<StartedAnswer> {
    const owner = this.#caller.owner
    const { requestId, userMessageId, params, model } = answer
    const generationId = randomUUID()
    const messageId = randomUUID()
    const reply: NewMessage = {
      id: messageId,
      parentId: userMessageId,
      role: 'assistant',
      content: '',
      generationId,
    }
    return this.#store.transaction(async (transaction) => {
      let { conversationId } = answer
      let newest: { id: string; ordinal: number } | undefined
      if (conversationId === undefined)
        conversationId = await this.#store.create(transaction, owner, titleOf(question?.content ?? ''))
      else {
        await this.#store.touch(transaction, owner, conversationId)
        newest = await this.#store.newest(transaction, conversationId)
      }
      const ids = { conversationId, userMessageId, messageId }
      await this.#parts.generationStore.insert(
        { id: generationId, ...this.#caller, requestId, params, model, ...ids },
        transaction,
      )
      const messages: NewMessage[] = [reply]
      if (question !== undefined) {
        const { id, content, parentId = newest?.id ?? null } = question
        const isThere =
          parentId === null ||
          parentId === newest?.id ||
          (await this.#store.has(transaction, conversationId, parentId))
        if (!isThere)
          throw new CodedError('BAD_INPUT', 'The parent is no message of this conversation.', {
            field: 'parentId',
          })
        messages.unshift({ id, parentId, role: 'user', content })
      }
      await this.#store.append(transaction, conversationId, messages, (newest?.ordinal ?? -1) + 1)
      return { ...ids, generationId }
    })
  }
}
