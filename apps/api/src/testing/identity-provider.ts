import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** A person whom the provider knows. The id is what it types into the provider's page; any password will do. */
export interface ProviderPerson {
  id: string
  email: string
  name: string
  groups: string[]
  /** What the provider says of it; it says nothing if the property is there and `undefined`. */
  emailVerified?: boolean | undefined
}

/** A real OpenID Connect provider (`oidc-provider`) on loopback, with its own pages to sign in. */
export class IdentityProvider implements AsyncDisposable {
  declare private readonly brand: never
  readonly issuer: string
  readonly clientId = 'slicechat'
  readonly clientSecret = 'a-secret-that-only-the-test-knows'
  /** People who can sign in, by id; tests change it. */
  readonly people: Map<string, ProviderPerson>
  /** Sees each request before it is answered. */
  onRequest: RequestListener | undefined
  readonly #server: Server

  constructor(issuer: string, people: Map<string, ProviderPerson>, server: Server) {
    this.issuer = issuer
    this.people = people
    this.#server = server
  }

  /** The settings of an API that lets these people in. */
  env(publicUrl: string): Record<string, string> {
    return {
      AUTH: 'oidc',
      PUBLIC_URL: publicUrl,
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: this.clientId,
      OIDC_CLIENT_SECRET: this.clientSecret,
      OIDC_SCOPES: 'openid,profile,email,groups',
      OIDC_ADMIN_VALUES: 'admins',
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/**
 * Starts the provider for a page.
 * @param publicUrl the page's address; it is asked for when the provider gets its first request, so that both can be started first
 */
export async function startIdentityProvider(
  publicUrl: () => string,
  people: readonly ProviderPerson[],
): Promise<IdentityProvider> {
  const known = new Map(people.map((person) => [person.id, person]))
  let handle: ReturnType<Provider['callback']> | undefined
  const server = createServer((request, response) => {
    provider.onRequest?.(request, response)
    handle ??= createProvider(provider, publicUrl(), known).callback()
    void handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new IdentityProvider(issuer, known, server)
  server.unref()
  void once(server, 'close')
  return provider
}

function createProvider(
  { issuer, clientId, clientSecret }: IdentityProvider,
  publicUrl: string,
  people: ReadonlyMap<string, ProviderPerson>,
): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`${publicUrl}/api/auth/callback/oidc`],
        post_logout_redirect_uris: [publicUrl, `${publicUrl}/`, `${publicUrl}/sign-in`],
      },
    ],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    // As most providers do: the claims are in the ID token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_context, id) => {
      const person = people.get(id)
      return person === undefined
        ? undefined
        : {
            accountId: id,
            claims: () => ({
              sub: id,
              email: person.email,
              email_verified: 'emailVerified' in person ? person.emailVerified : true,
              name: person.name,
              groups: person.groups,
            }),
          }
    },
  })
}
