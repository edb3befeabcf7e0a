import { CodedError } from '../errors.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

/** Shortest and longest password. Longer ones would only make hashing cost more. */
const MIN_CHARS = 10
const MAX_CHARS = 128
/** Hashes computed at once. Each takes 32 MiB and a thread of the pool that files and names of hosts need too. */
const MAX_AT_ONCE = 2

/** Hashes passwords with better-auth's scrypt, in threads: nothing waits for it but its caller. */
export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []

  async hash(password: string): Promise<string> {
    const { hashPassword } = await import('better-auth/crypto')
    return this.#inTurn(() => hashPassword(password))
  }

  async verify({ hash, password }: { hash: string; password: string }): Promise<boolean> {
    const { verifyPassword } = await import('better-auth/crypto')
    return this.#inTurn(() => verifyPassword({ hash, password }))
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place goes to the next one, so that nobody can take it in between.
      if (next === undefined) this.#running--
      else next()
    }
  }
}

/**
 * Refuses passwords that are guessed first.
 * @param field the input that the error names
 * @throws {CodedError} BAD_INPUT
 */
export function assertGoodPassword(password: string, email: string, field: string): void {
  const bad = (message: string): CodedError => new CodedError('BAD_INPUT', `${field}: ${message}`, { field })
  if (password.length < MIN_CHARS) throw bad(`must have at least ${MIN_CHARS} characters`)
  if (password.length > MAX_CHARS) throw bad(`must have at most ${MAX_CHARS} characters`)
  const plain = password.toLowerCase()
  const [name = ''] = email.split('@')
  if (new Set(plain).size < 5) throw bad('must have more different characters')
  if (
    COMMON_PASSWORDS.has(plain) ||
    plain === email ||
    (name.length > 3 && plain.replaceAll(name, '').length < 4)
  )
    throw bad('is one of the first that are guessed')
}
