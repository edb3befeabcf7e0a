import type { Message, MessageGeneration } from '@slicechat/contract'
import type { Generations } from '../generations/generations.ts'

type Answer = Message & { generation: MessageGeneration }

/** The answers that have not ended in the store, so that they may still run. */
export const openAnswers = (messages: readonly Message[]): Answer[] =>
  messages.filter((message): message is Answer => (message.generation?.status ?? 'finished') !== 'finished')

/** Gives messages from the store the newest state and text of the answers that may still run. */
export async function refresh(
  messages: Message[],
  owner: string,
  generations: Generations,
): Promise<Message[]> {
  for (const message of openAnswers(messages)) {
    const live = await generations.live(owner, message.generation.id)
    if (live === undefined) continue
    message.content = live.content
    message.reasoning = live.reasoning
    message.generation = live.state
  }
  return messages
}
