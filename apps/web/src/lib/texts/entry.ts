// Texts of the pages for people who are not signed in: signing in, an invitation, a new password.
import type { Role } from '@slicechat/contract'
import { wait } from './account-shell.ts'
import { locale } from './shared.ts'

const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' })

export const welcomeBack = 'Sign in'
export const email = 'E-mail'
export const password = 'Password'
export const newPassword = 'New password'
export const name = 'Name'
export const passwordRule = 'At least 10 characters. A few unrelated words are easy to keep in mind.'
export const signInWith = (provider: string): string => `Sign in with ${provider}`
export const busy = 'One moment …'
export const noSignIn = 'This Slicechat asks nobody to sign in.'
export const toChat = 'To the chat'

export const expired = 'You were signed out. Sign in to go on where you were.'
export const wrongPassword = 'E-mail or password is wrong.'
export const disabled = 'This account is disabled. Ask an admin.'
/** What it means when the API sends somebody back from the provider with one of these words. */
export const providerProblems: Readonly<Record<string, string>> = {
  not_admitted:
    'You are signed in there, but you do not belong to those who may use this Slicechat. Ask an admin.',
  email_not_verified:
    'You are signed in there, but your e-mail address is not verified there. Verify it, or ask an admin.',
  account_not_linked:
    'There is an account with your e-mail address, and it is not certain that it is yours. Ask an admin.',
}
export const providerFailed = (code: string): string => `Signing in did not work (${code}). Try again.`
export const slowed = (ms: number | undefined): string =>
  ms === undefined
    ? 'Too many tries. Wait a little and try again.'
    : `Too many tries. Try again in ${wait(ms)}.`

export const forgot = 'Forgot your password?'
export const askAdmin = 'An admin can give you a link that sets a new password.'
export const sendReset = 'Send me a link that sets a new password'
export const resetSent = 'If there is an account with this address, a link is on its way.'

export const invited = 'Welcome to Slicechat'
export const invitedAs = (role: Role, expiresAt: string): string =>
  `You are invited${role === 'admin' ? ' as an admin' : ''}. The link works once, until ${date.format(new Date(expiresAt))}.`
export const createAccount = 'Create account'
export const linkGone = 'This link does not work'
export const linkGoneText = 'It was used already, or it has expired. Ask for a new one.'

export const resetTitle = 'Set a new password'
export const setPassword = 'Set password'
export const passwordSet = 'The password is set, and all earlier sessions have ended.'
