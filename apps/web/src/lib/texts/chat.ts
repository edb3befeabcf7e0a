// Texts of the chat page.
import { counted } from './counted.ts'
import { locale } from './shared.ts'

const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const precise = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 })
const seconds = (ms: number) => (ms < 1_000 ? `${number.format(ms)} ms` : `${precise.format(ms / 1_000)} s`)

export const conversationMissing = 'This conversation does not exist'
export const conversationMissingText = 'It may have been deleted, or the address is not complete.'
export const conversationFailed = 'The conversation could not be loaded'

export const welcome = 'What is on your mind?'
export const ideas = [
  {
    label: 'Explain something',
    text: 'Explain how continuous batching works in an LLM server, step by step.',
  },
  {
    label: 'Write some code',
    text: 'Write a Python function that merges overlapping intervals, with tests.',
  },
  { label: 'Compare things', text: 'Compare SQLite and PostgreSQL in a table: when would you pick which?' },
]

// The composer.
export const composerLabel = 'Message'
export const composerPlaceholder = 'Ask anything'
export const composerHint =
  'Enter sends, Shift+Enter begins a new line. Models make mistakes: check what matters.'
export const send = 'Send'
export const stopAnswering = 'Stop answering'
export const charactersLeft = (left: number): string =>
  left < 0 ? `${counted(-left, 'character')} too many` : `${counted(left, 'character')} left`

// The choice of a model.
export const model = 'Model'
export const models = 'Models'
export const defaultModel = 'default'
export const modelOption = (id: string, isDefault: boolean): string => (isDefault ? `${id} (default)` : id)
export const chosenModel = (id: string): string => `Model: ${id}`
export const searchModels = (count: number): string => `Search ${count} models`
export const noModelFound = 'No model has such a name.'
export const modelsFound = (count: number): string => `${counted(count, 'model')} found`
export const insteadOf = (missing: string): string => `instead of ${missing}`
export const modelMissing = (missing: string, current: string): string =>
  `${missing} is not offered any more; ${current} answers instead`
/** @param length of the model's context, in tokens; `null` if unknown */
export const modelDetails = (id: string, length: number | null): string =>
  length === null ? id : `${id}, reads ${counted(length, 'token')}`
export const simulatedModel = 'Answers come from the built-in simulator, not from a language model.'

// The conversation.
export const conversation = 'Conversation'
export const loadingConversation = 'Loading the conversation'
export const latest = 'Latest'
export const you = 'You'
export const answer = 'Answer'
export const edit = 'Edit the message'
export const cancel = 'Cancel'
export const earlierVersion = 'Earlier version'
export const laterVersion = 'Later version'
/** @param index from 0 */
export const versionOf = (index: number, count: number): string => `Version ${index + 1} of ${count}`
export const messageBroken = 'This message could not be drawn. Its text:'

// An answer.
export const answerAgain = 'Answer again'
export const retry = 'Retry'
export const thinking = 'Thinking …'
export const thoughts = 'Thoughts'
export const leftOut = (messages: number): string =>
  `${messages === 1 ? 'The oldest message' : `The ${messages} oldest messages`} did not fit into the model’s memory and were left out here.`

export const connectionLost = 'Connection lost. Trying to go on'
export const reading = 'Reading your message'
export const queued = (position: number): string => `Waiting in line, place ${position}`
export const sending = 'Sending'
export const waiting = 'Waiting for the model'
export const waitedFor = (wait: number): string => `\u00A0· ${wait} s`

export const stopped = 'Stopped.'
export const lengthReached = 'The answer reached its length limit.'
export const abandoned = 'Ended, because nobody was reading any more.'
export const interrupted = 'Interrupted: the server stopped while this was being written.'

// Statistics below an answer; the longer text of each shows when it is pointed at.
export const firstToken = (ms: number): string => `${seconds(ms)} to first token`
export const firstTokenDetails = (queuedMs: number | null): string =>
  `Time to first token${queuedMs ? `, of which ${seconds(queuedMs)} in line` : ''}`
export const speed = (tokensPerSecond: number): string => `${number.format(tokensPerSecond)} tokens/s`
export const speedDetails = (e2eMs: number): string => `Speed after the first token; ${seconds(e2eMs)} in all`
export const tokens = (written: number): string => counted(written, 'token')
export const tokensDetails = (read: number, written: number): string =>
  `${counted(read, 'token')} read, ${number.format(written)} written`

// Read out by screen readers.
export const answering = 'Answering.'
export const complete = 'The answer is complete.'
export const answerFailed = (why: string): string => `The answer failed. ${why}`
