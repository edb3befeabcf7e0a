import { type ChatClient, toChatError } from '@slicechat/client'
import type { AccessMode, Profile } from '@slicechat/contract'
import { callAuth, prolongSession } from './auth-calls.ts'

export interface AccountPort {
  api: {
    access: Pick<ChatClient['api']['access'], 'mode'>
    account: Pick<ChatClient['api']['account'], 'me'>
  }
}

export interface AccountEvents {
  /** This browser has signed out: nothing of the person may stay on the page. */
  onSignedOut: (url: string | undefined) => void
  /** The person who was signed out is signed in again. */
  onReturned: () => void
  /** Another person has signed in: the page still shows what belongs to the one before. */
  onReplaced: () => void
  onError: (error: unknown) => void
}

/** Interval at which a page that stays open asks who this is, and prolongs the session. */
const AGAIN_EVERY_MS = 12 * 60 * 60 * 1_000

type Message = 'signed-in' | 'signed-out'

/** Who uses this page. All tabs of a browser have the same session, and tell each other of its beginning and its end. */
export class Account {
  readonly #client: AccountPort
  readonly #basePath: string
  readonly #events: AccountEvents
  #channel: BroadcastChannel | undefined
  #loading: Promise<void> | undefined

  #mode = $state.raw<AccessMode>()
  #profile = $state.raw<Profile>()
  #isRefused = $state(false)

  /** @param basePath path of the page on its host, with a slash at its end */
  constructor(client: AccountPort, basePath: string, events: AccountEvents) {
    this.#client = client
    this.#basePath = basePath
    this.#events = events
  }

  /** How people sign in here; `undefined` until the API has said so. */
  get mode(): AccessMode | undefined {
    return this.#mode
  }
  get hasAccounts(): boolean {
    return this.#mode !== undefined && this.#mode.auth !== 'off'
  }
  /** The person, also after its session has expired; `null` where nobody has an account. */
  get user(): Profile['user'] {
    return this.#profile?.user ?? null
  }
  get isAdmin(): boolean {
    return this.#profile?.scopes.includes('admin') ?? false
  }
  /** Whether the API asks this browser to sign in. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** Starts listening to other tabs and asks who this is. Returns the function that ends the listening. */
  start(): () => void {
    if ('BroadcastChannel' in globalThis) {
      // Another Slicechat on the same host, under another path, has people of its own.
      this.#channel = new BroadcastChannel(`slicechat:account:${this.#basePath}`)
      this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (data === 'signed-out') this.#events.onSignedOut(undefined)
        else void this.load()
      }
    }
    void this.load()
    const timer = setInterval(() => void this.load(), AGAIN_EVERY_MS)
    return () => {
      clearInterval(timer)
      this.#channel?.close()
    }
  }

  /** Asks the API who this is. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  /**
   * Takes an error over that only says that nobody is signed in.
   * @returns whether it did; otherwise the error is one like others
   */
  takes(error: unknown, report: (error: unknown) => void): boolean {
    if (toChatError(error).code !== 'UNAUTHENTICATED') return false
    if (this.#mode?.auth === 'off') return false
    if (this.#mode === undefined) void this.load().then(() => this.#mode?.auth === 'off' && report(error))
    else this.#isRefused = true
    return true
  }

  /** Tells the other tabs that somebody has signed in here. */
  signedIn(): void {
    this.#channel?.postMessage('signed-in' satisfies Message)
  }

  /** Ends the session of this browser. */
  async signOut(): Promise<void> {
    try {
      const callbackURL = `${this.#basePath}sign-in`
      const { url } = await callAuth(this.#basePath, 'sign-out', { callbackURL, disableRedirect: true })
      this.leave(url)
    } catch (error) {
      this.#events.onError(error)
    }
  }

  /** Leaves the page in all tabs, after the session has ended. @param url where to go; the page to sign in by default */
  leave(url?: string): void {
    this.#channel?.postMessage('signed-out' satisfies Message)
    this.#events.onSignedOut(url)
  }

  async #load(): Promise<void> {
    const [mode, me] = await Promise.allSettled([
      this.#client.api.access.mode.query(),
      this.#client.api.account.me.query(),
    ])
    // Without a connection the page says so elsewhere, and asks again when there is one.
    if (mode.status === 'rejected') return
    this.#mode = mode.value
    if (me.status === 'fulfilled') {
      this.#take(me.value)
      if (mode.value.auth !== 'off') void prolongSession(this.#basePath)
    } else if (mode.value.auth !== 'off') this.#isRefused = toChatError(me.reason).code === 'UNAUTHENTICATED'
  }

  #take(profile: Profile): void {
    const before = this.#profile?.user?.id
    const wasRefused = this.#isRefused
    this.#profile = profile
    this.#isRefused = false
    if (before !== undefined && before !== profile.user?.id) this.#events.onReplaced()
    else if (wasRefused) this.#events.onReturned()
  }
}
