// Texts about the account around the pages, and about limits in the chat.
import { counted } from './counted.ts'

export const signIn = 'Sign in'
export const signOut = 'Sign out'
export const yourAccount = 'Your account'
export const profile = 'Profile'
export const administration = 'Administration'
export const signedOutNote = 'You are signed out. What you have typed is kept.'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A time to wait: `12 s`, `5 min`, `3 h`. */
export function wait(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.ceil(ms / 1_000))} s`
  return ms < 1.5 * HOUR_MS ? `${Math.ceil(ms / MINUTE_MS)} min` : `${Math.ceil(ms / HOUR_MS)} h`
}

const back = (resetMs: number | null): string => (resetMs === null ? '' : ` More in ${wait(resetMs)}.`)

/** What is left of each limit, when it is little. */
export const limitLeft = {
  tokensPerDay: (left: number, resetMs: number | null): string =>
    `${counted(Math.max(0, left), 'token')} left today.${back(resetMs)}`,
  requestsPerMinute: (left: number, resetMs: number | null): string =>
    `${counted(Math.max(0, left), 'message')} left in this minute.${back(resetMs)}`,
  answersAtOnce: (left: number): string => `${counted(Math.max(0, left), 'more answer')} at once.`,
}
export const waitToSend = (ms: number): string => `You can send again in ${wait(ms)}.`
