/** The prompt: every route gets the same text, cut off after the requested number of tokens. */
export const prompt = 'Write on about anything. [[tokens=30000]]'
/** Makes the simulator write the same text each time. */
export const seed = 7

/** Callbacks for the answer that a user reads. */
export interface AnswerSink {
  /** A piece of text arrived, which may hold several tokens. @param tokens count so far, if each piece tells it */
  text: (chars: number, tokens?: number) => void
  /** The answer is complete. @param tokens count in the usage at the end of the answer */
  end: (tokens: number) => void
  fail: (reason: string) => void
}

/** A user with one connection or two, who asks one question after another. */
export interface User {
  ask: (tokens: number, sink: AnswerSink) => void
  close: () => void
}
