import { randomUUID } from 'node:crypto'
import type { Conversation, ConversationExport, Message } from '@slicechat/contract'
import type { z } from 'zod'
import type { importFile, Params, PromptMessage, send } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { Accepted } from '../generations/generation.ts'
import type { Generations } from '../generations/generations.ts'
import { SingleFlight } from '../generations/single-flight.ts'
import type { ConversationStore, NewMessage } from '../store/conversations.ts'
import type { GenerationStore } from '../store/generations.ts'
import { withNewIds } from './imported.ts'
import { toExport } from './exported.ts'
import { branch, toPrompt } from './history.ts'
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
  owner: string
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

/** Operations on conversations: send, regenerate, read, rename, remove, export and import. */
export class Conversations {
  readonly #store: ConversationStore
  readonly #generationStore: GenerationStore
  readonly #generations: Generations
  readonly #revisions: Revisions
  readonly #starting = new SingleFlight<StartedAnswer>()

  constructor(
    store: ConversationStore,
    generationStore: GenerationStore,
    generations: Generations,
    revisions: Revisions,
  ) {
    this.#store = store
    this.#generationStore = generationStore
    this.#generations = generations
    this.#revisions = revisions
  }

  /**
   * Stores a user's message and begins the answer. A repeated `requestId` returns the same answer.
   * @throws {CodedError} NOT_FOUND, BAD_INPUT, QUEUE_FULL, SHUTTING_DOWN
   */
  send(owner: string, input: SendCall): Promise<StartedAnswer> {
    return this.#starting.run(`${owner} ${input.requestId}`, () => this.#send(owner, input))
  }

  async #send(owner: string, input: SendCall): Promise<StartedAnswer> {
    const known = await this.#known(owner, input.requestId)
    if (known !== undefined) return known
    const { conversationId, parentId, content } = input
    if (conversationId === undefined && typeof parentId === 'string')
      throw new CodedError('BAD_INPUT', 'A parent needs its conversation.', { field: 'conversationId' })
    const userMessageId = randomUUID()
    return this.#answer(
      { ...input, owner, userMessageId, params: input.params ?? {} },
      { id: userMessageId, content, parentId },
    )
  }

  /**
   * Begins another answer beside `messageId`: to the same question, with the same parameters, and by the same model
   * unless the call names another.
   * @throws {CodedError} NOT_FOUND, BAD_INPUT, QUEUE_FULL, SHUTTING_DOWN
   */
  regenerate(owner: string, input: RegenerateCall): Promise<StartedAnswer> {
    return this.#starting.run(`${owner} ${input.requestId}`, () => this.#regenerate(owner, input))
  }

  async #regenerate(owner: string, call: RegenerateCall): Promise<StartedAnswer> {
    const { requestId, messageId, acceptedAt } = call
    const known = await this.#known(owner, requestId)
    if (known !== undefined) return known
    const conversationId = await this.#store.ofMessage(owner, messageId)
    const messages = await this.#store.messages(conversationId)
    const old = messages.find(({ id }) => id === messageId)
    if (old?.role !== 'assistant' || old.parentId === null)
      throw new CodedError('BAD_INPUT', 'Only an answer can be generated again.', { field: 'messageId' })
    const before = old.generation && (await this.#generationStore.find(owner, { id: old.generation.id }))
    return this.#answer({
      owner,
      requestId,
      conversationId,
      userMessageId: old.parentId,
      model: call.model ?? old.generation?.model ?? undefined,
      params: before?.params ?? {},
      acceptedAt,
    })
  }

  /** @throws {CodedError} NOT_FOUND */
  async get(owner: string, id: string): Promise<Conversation> {
    const summary = await this.#store.summary(owner, id)
    const messages = await this.#store.messages(id)
    for (const message of messages) {
      const live = message.generation && this.#generations.live(message.generation.id)
      if (live === undefined) continue
      message.content = live.content
      message.reasoning = live.reasoning
      message.generation = live.state
    }
    return { ...summary, messages }
  }

  /** Removes a conversation and ends its running answers. @throws {CodedError} NOT_FOUND */
  async remove(owner: string, id: string): Promise<void> {
    await this.#store.summary(owner, id)
    const messages = await this.#store.messages(id)
    this.#generations.endAll(messages.flatMap(({ generation }) => (generation ? [generation.id] : [])))
    await this.#store.remove(owner, id)
    this.#revisions.next(owner)
  }

  /** @throws {CodedError} NOT_FOUND */
  async rename(owner: string, id: string, title: string): Promise<void> {
    await this.#store.rename(owner, id, title)
    this.#revisions.next(owner)
  }

  /** @throws {CodedError} NOT_FOUND */
  async export(owner: string, id: string): Promise<ConversationExport> {
    return toExport(await this.get(owner, id))
  }

  /**
   * Imports an exported conversation as a new one, with new ids.
   * @throws {CodedError} BAD_INPUT when the messages form no tree
   */
  async import(owner: string, { title, messages }: z.infer<typeof importFile>): Promise<{ id: string }> {
    const renamed = withNewIds(messages)
    const imported = await this.#store.transaction(async (transaction) => {
      const id = await this.#store.create(transaction, owner, title)
      await this.#store.append(transaction, id, renamed, 0)
      return { id }
    })
    this.#revisions.next(owner)
    return imported
  }

  async #known(owner: string, requestId: string): Promise<StartedAnswer | undefined> {
    const stored = await this.#generationStore.find(owner, { requestId })
    return stored && toStarted(stored)
  }

  /** Writes the message(s) and the generation's row in one transaction, then begins the answer. */
  async #answer(answer: NewAnswer, question?: Question): Promise<StartedAnswer> {
    const { owner, requestId, userMessageId, params, model, acceptedAt } = answer
    try {
      return await this.#generations.admit(model, async (begin) => {
        const started = await this.#write(answer, question)
        this.#revisions.next(owner)
        const prompt = async (): Promise<PromptMessage[]> =>
          toPrompt(
            answer.conversationId === undefined && question !== undefined
              ? [{ role: 'user', content: question.content }]
              : this.#path(await this.#store.messages(started.conversationId), userMessageId),
            params.systemPrompt,
          )
        begin({ id: started.generationId, requestId, owner, model, params, acceptedAt, mayCut: true, prompt })
        return started
      })
    } catch (error) {
      // Another kind of call, or another process, used the same id at the same time.
      const known = await this.#known(owner, requestId)
      if (known !== undefined) return known
      throw error
    }
  }

  #write(answer: NewAnswer, question: Question | undefined): Promise<StartedAnswer> {
    const { owner, requestId, userMessageId, params, model } = answer
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
      await this.#generationStore.insert(
        { id: generationId, owner, requestId, params, model, ...ids },
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

  /** The branch that ends at `leafId`. The text of an answer that is still running is taken from memory. */
  #path(messages: readonly Message[], leafId: string): Message[] {
    return branch(messages, leafId).map((message) => {
      const live = message.generation && this.#generations.live(message.generation.id)
      return live === undefined ? message : { ...message, content: live.content, generation: live.state }
    })
  }
}
