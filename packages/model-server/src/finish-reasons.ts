import { shownText } from './server-error.ts'

/**
 * What a finish reason means for the reader of an answer.
 * - `none`: the answer goes on.
 * - `stop`, `length`: whole, by the model's will or at its limit.
 * - `failed`: the server gave up; the text so far is not the whole answer.
 */
type Meaning = 'none' | 'stop' | 'length' | 'failed'

interface FinishReasonRow {
  /** In lower case; servers' spelling varies. */
  readonly word: string
  readonly meaning: Meaning
  /** A sentence for the reader, if `meaning` does not say everything. */
  readonly note?: string
  /** Who sends it, and where that is written. */
  readonly from: string
}

const FILTERED = 'A content filter of the model server ended this answer.'
const TOOLS = 'The model also asked for tools, which are not run here.'

/** Every known finish reason. A new one is a row here. A reason without a row ends an answer with a note that names it. */
export const FINISH_REASONS: readonly FinishReasonRow[] = [
  { word: 'stop', meaning: 'stop', from: 'OpenAI, and all that follow it' },
  { word: 'eos_token', meaning: 'stop', from: 'TGI: FinishReason' },
  { word: 'eos', meaning: 'stop', from: 'gateways before TGI and Together' },
  { word: 'stop_sequence', meaning: 'stop', from: 'TGI: FinishReason; Anthropic: stop_reason' },
  { word: 'end_turn', meaning: 'stop', from: 'Anthropic: stop_reason, through gateways' },
  { word: 'complete', meaning: 'stop', from: 'Cohere: finish_reason, through gateways' },
  { word: 'load', meaning: 'stop', from: 'Ollama: done_reason of a request without messages' },
  { word: 'length', meaning: 'length', from: 'OpenAI, and all that follow it' },
  { word: 'max_tokens', meaning: 'length', from: 'Anthropic: stop_reason; Gemini: MAX_TOKENS' },
  { word: 'model_length', meaning: 'length', from: 'Mistral: finish_reason' },
  {
    word: 'model_context_window_exceeded',
    meaning: 'length',
    note: 'The answer ended where the model’s memory was full.',
    from: 'Anthropic: stop_reason',
  },
  { word: 'content_filter', meaning: 'stop', note: FILTERED, from: 'OpenAI, Azure' },
  { word: 'safety', meaning: 'stop', note: FILTERED, from: 'Gemini: SAFETY' },
  { word: 'sensitive', meaning: 'stop', note: FILTERED, from: 'Zhipu: finish_reason' },
  { word: 'refusal', meaning: 'stop', note: 'The model refused to go on.', from: 'Anthropic: stop_reason' },
  { word: 'tool_calls', meaning: 'stop', note: TOOLS, from: 'OpenAI, vLLM, SGLang, llama.cpp, Ollama' },
  {
    word: 'function_call',
    meaning: 'stop',
    note: TOOLS,
    from: 'OpenAI, until tools replaced functions',
  },
  { word: 'tool_use', meaning: 'stop', note: TOOLS, from: 'Anthropic: stop_reason' },
  {
    word: 'repetition',
    meaning: 'stop',
    note: 'The model server ended this answer, because it began to repeat itself.',
    from: 'vLLM: v1/engine FinishReason, label of vllm:request_success',
  },
  { word: 'abort', meaning: 'failed', from: 'vLLM: v1/engine FinishReason; SGLang: FINISH_ABORT' },
  { word: 'error', meaning: 'failed', from: 'vLLM: v1/engine FinishReason; OpenRouter' },
  { word: 'cancelled', meaning: 'failed', from: 'TensorRT-LLM: executor FinishReason' },
  { word: 'timeout', meaning: 'failed', from: 'TensorRT-LLM: executor FinishReason' },
  { word: 'timed_out', meaning: 'failed', from: 'TensorRT-LLM: executor FinishReason kTIMED_OUT' },
  { word: 'unload', meaning: 'failed', from: 'Ollama: done_reason when the model is unloaded' },
  { word: 'insufficient_system_resource', meaning: 'failed', from: 'DeepSeek: finish_reason' },
  { word: 'network_error', meaning: 'failed', from: 'Zhipu: finish_reason' },
  { word: '', meaning: 'none', from: 'several: the reason of each chunk before the last' },
  { word: 'null', meaning: 'none', from: 'DashScope: the reason of each chunk before the last' },
  { word: 'not_finished', meaning: 'none', from: 'TensorRT-LLM: executor FinishReason' },
]

const ROWS_BY_WORD = new Map(FINISH_REASONS.map((row) => [row.word, row]))

/** The end of an answer, according to its finish reason. */
export interface Finish {
  readonly reason: 'stop' | 'length' | 'failed'
  /** The server's word, fit to be shown. */
  readonly word: string
  /** A sentence for the reader; `null` if there is nothing to add. */
  readonly note: string | null
}

/** Reads a `finish_reason`, also SGLang's object with a `type`. @returns `null` if the answer goes on */
export function readFinish(raw: unknown): Finish | null {
  const given = typeof raw === 'object' && raw !== null ? (raw as { type?: unknown }).type : raw
  if (typeof given !== 'string') return null
  const word = given.trim()
  const row = ROWS_BY_WORD.get(word.toLowerCase())
  const shown = shownText(word, 60)
  if (row === undefined) {
    const note = `The model server ended this answer with “${shown}”, a reason that is not known here: it may not be whole.`
    return { reason: 'stop', word: shown, note }
  }
  return row.meaning === 'none' ? null : { reason: row.meaning, word: shown, note: row.note ?? null }
}
