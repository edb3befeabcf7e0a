/** What is asked for: the same text for every way, cut after so many tokens. */
export const prompt = 'Write on about anything. [[tokens=30000]]'
/** Makes the simulator write the same text each time. */
export const seed = 7

/** What a user tells of the answer that it reads. */
export interface AnswerSink {
  /** A piece of text arrived; it may hold several tokens. @param tokens so far, where each piece tells */
  text: (chars: number, tokens?: number) => void
  /** The answer is complete. @param tokens as the usage at its end says */
  end: (tokens: number) => void
  fail: (reason: string) => void
}

/** Somebody with a connection (or two), who asks one question after another. */
export interface User {
  ask: (tokens: number, sink: AnswerSink) => void
  close: () => void
}
