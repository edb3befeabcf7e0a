import { PageVisitor } from './page-visitor.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'

/** The page's address in tests of the API alone. */
export const PAGE = 'https://chat.example'
/** A password that is accepted. */
export const PASSWORD = 'correct horse battery'

/** A stack with accounts. It ends with its `await using` block. */
export class AccountsStack implements AsyncDisposable {
  declare private readonly brand: never
  readonly stack: Stack
  readonly origin: string

  constructor(stack: Stack, origin: string) {
    this.stack = stack
    this.origin = origin
  }

  visitor(): PageVisitor {
    return new PageVisitor(this.stack.api.url, this.origin)
  }

  /** The token of the link that the API showed at its start. */
  firstAdminToken(): string {
    return tokenOf(this.stack.api.firstAdminLink ?? '')
  }

  /** Makes the first admin and signs it in. */
  async firstAdmin(email = 'admin@example.com'): Promise<PageVisitor> {
    return this.accept(this.firstAdminToken(), email)
  }

  /** Accepts an invitation and signs in. */
  async accept(token: string, email: string): Promise<PageVisitor> {
    const visitor = this.visitor()
    const name = email.split('@')[0] ?? ''
    await visitor.mutate('access.acceptInvitation', { token, email, name, password: PASSWORD })
    const response = await visitor.signIn(email, PASSWORD)
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
    return visitor
  }

  /** Invites a person and signs it in. */
  async person(admin: PageVisitor, email: string, role: 'user' | 'admin' = 'user'): Promise<PageVisitor> {
    const { url } = await admin.mutate<{ url: string }>('admin.users.invite', { role })
    return this.accept(tokenOf(url), email)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]()
  }
}

/** The token in a link. */
export const tokenOf = (url: string): string => new URL(url).hash.slice(1)

/** Starts a stack with accounts: with passwords, unless `env` says otherwise. */
export async function startAccountsStack(options: StackOptions = {}): Promise<AccountsStack> {
  const env = { AUTH: 'password', PUBLIC_URL: PAGE, ...options.env }
  return new AccountsStack(await startStack({ ...options, env }), new URL(env.PUBLIC_URL).origin)
}
