/** A person at a browser, as far as the API sees one: it keeps cookies, and sends the origin of the page. */
export class PageVisitor {
  declare private readonly brand: never
  readonly #apiUrl: string
  readonly #origin: string
  /** Cookies by name, with their values as they were set. */
  readonly cookies = new Map<string, string>()

  constructor(apiUrl: string, origin: string) {
    this.#apiUrl = apiUrl
    this.#origin = origin
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Headers of a call that the page makes. */
  get headers(): Record<string, string> {
    return { origin: this.#origin, ...(this.cookies.size === 0 ? {} : { cookie: this.cookie }) }
  }

  /** Calls a procedure or an endpoint. @param body makes it a POST */
  async fetch(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.#apiUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    this.keep(response)
    return response
  }

  /** Keeps the cookies that a response sets, and forgets those that it expires. */
  keep(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0\b/i.test(cookie)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }

  /** Calls a mutation. @returns its result @throws {ProcedureError} */
  async mutate<T = unknown>(procedure: string, input?: unknown): Promise<T> {
    return result<T>(await this.fetch(`/trpc/${procedure}`, input ?? {}))
  }

  /** Calls a query. @returns its result @throws {ProcedureError} */
  async query<T = unknown>(procedure: string, input?: unknown): Promise<T> {
    const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
    return result<T>(await this.fetch(`/trpc/${procedure}${query}`))
  }

  signIn(email: string, password: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch('/api/auth/sign-in/email', { email, password }, headers)
  }

  signOut(): Promise<Response> {
    return this.fetch('/api/auth/sign-out', {})
  }
}

/** The error of a procedure, with its code. */
export class ProcedureError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

async function result<T>(response: Response): Promise<T> {
  const answer = (await response.json()) as {
    result?: { data: T }
    error?: { message: string; data: { code: string } }
  }
  if (answer.error !== undefined) throw new ProcedureError(answer.error.data.code, answer.error.message)
  return answer.result?.data as T
}
