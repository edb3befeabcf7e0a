import { OpenaiUser } from './openai-user.ts'

/**
 * Reads one answer straight from the simulator.
 * @returns the length of the answer's first n tokens, by n
 */
export function readExpectedText(url: string, model: string, tokens: number): Promise<number[]> {
  const user = new OpenaiUser(new URL(url), model)
  const chars = [0]
  return new Promise<number[]>((resolve, reject) => {
    user.ask(tokens, {
      text: (length, upTo = chars.length) => {
        const before = chars.at(-1) ?? 0
        // A token can be half a character; its text then comes with the next token.
        while (chars.length < upTo) chars.push(before)
        chars.push(before + length)
      },
      end: (counted) => {
        if (counted === tokens && chars.length === tokens + 1) resolve(chars)
        else reject(new Error(`the simulator sent ${chars.length - 1} of ${tokens} tokens`))
      },
      fail: (reason) => reject(new Error(reason)),
    })
  }).finally(() => user.close())
}
