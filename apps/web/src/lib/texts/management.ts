// Texts of the profile and of the administration.
import type { AuditEntry, Role, RunningAnswer, Scope } from '@slicechat/contract'
import { counted } from './counted.ts'
import { locale } from './shared.ts'

const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })

export const onDay = (iso: string): string => day.format(new Date(iso))
export const at = (iso: string): string => minute.format(new Date(iso))
export const atOrNever = (iso: string | null): string => (iso === null ? 'never' : at(iso))
export const figure = (value: number): string => whole.format(value)
export const none = '–'

export const loadFailed = 'This could not be loaded'
export const save = 'Save'
export const cancel = 'Cancel'
export const saved = 'Saved.'
export const done = 'Done.'
export const nothing = 'Nothing here yet.'
export const showMore = 'Show more'
export const actions = 'Actions'

// Profile.
export const profile = 'Profile'
export const you = 'You'
export const name = 'Name'
export const email = 'E-mail'
export const roles: Record<Role, string> = { user: 'User', admin: 'Admin' }
export const role = 'Role'
export const since = (iso: string): string => `Here since ${onDay(iso)}.`
export const fromProvider = 'Name, address and role come from where you sign in.'

export const password = 'Password'
export const currentPassword = 'Current password'
export const newPassword = 'New password'
export const changePassword = 'Change password'
export const passwordChanged = 'Changed. All other sessions have ended.'

export const sessions = 'Sessions'
export const sessionsNote = 'Where you are signed in. Ending a session signs that browser out at once.'
export const thisSession = 'This browser'
export const unknownBrowser = 'Unknown browser'
export const signedInAt = (iso: string): string => `since ${at(iso)}`
export const until = (iso: string): string => `until ${onDay(iso)}`
export const endSession = 'End'
export const endSessionLabel = (what: string): string => `End the session of ${what}`

export const keys = 'API keys'
export const keysNote = 'For programs that call the API in your name, within your limits.'
export const newKey = 'New key'
export const keyName = 'What it is for'
export const keyScopes = 'What it may do'
export const scopes: Record<Scope, string> = {
  chat: 'Chat: begin and stop answers, change conversations',
  read: 'Read: list, open and export',
  runs: 'Load tests: upload and remove',
  admin: 'Administration: manage people',
}
export const expiry = 'Expires'
export const expiries = { 30: 'in 30 days', 90: 'in 90 days', 365: 'in a year', 0: 'never' }
export const makeKey = 'Make key'
export const keyMade = 'Copy the key now. It is not shown again.'
export const key = 'Key'
export const link = 'Link'
export const lastUsed = 'Last used'
export const made = 'Made'
export const expires = 'Expires'
export const revoke = 'Revoke'
export const revokeLabel = (what: string): string => `Revoke ${what}`
export const revoked = 'revoked'
export const expired = 'expired'
export const noKeys = 'No keys.'

export const usage = 'Usage'
export const usageTitle = 'Tokens a day'
export const usageNote = 'The last 30 days, in UTC. Deleting a conversation does not change it.'
export const otherModels = 'other models'
export const noUsage = 'Nothing was used in these days.'
export const columns = {
  day: 'Day',
  model: 'Model',
  answers: 'Answers',
  prompt: 'Read',
  completion: 'Written',
  who: 'Who',
}
export const usageTable = 'Figures'
export const limits = 'Limits'
export const limitRule = 'A whole number from 1 on, or nothing for no limit.'
export const limitNames = {
  answersAtOnce: 'Answers at once',
  requestsPerMinute: 'Messages a minute',
  tokensPerDay: 'Tokens a day (UTC)',
}
export const limitUsed = (used: number, limit: number): string => `${figure(used)} of ${figure(limit)}`
export const noLimits = 'There are no limits.'

export const yourData = 'Your data'
export const exportNote = 'Everything that is kept of you, as one file of JSON lines.'
export const exportData = 'Export'
export const exporting = (items: number): string => `Exporting … ${counted(items, 'item')}`
export const deleteAccount = 'Delete account'
export const deleteAccountNote =
  'Removes your account with all conversations, load tests and keys. This cannot be undone.'
export const deleteForGood = 'Delete everything'

// Administration.
export const administration = 'Administration'
export const views = {
  people: 'People',
  usage: 'Usage',
  answers: 'Running answers',
  audit: 'Audit log',
}
export const notAdmin = 'Only admins can see this'
export const invite = 'Invite'
export const inviteNote = 'The link works once, for seven days. Give it to the person yourself.'
export const inviteEmail = 'E-mail (optional)'
export const inviteEmailHint = 'With an address, only that address can use the link.'
export const makeInvitation = 'Make invitation'
export const invitations = 'Open invitations'
export const forAnybody = 'for anybody'
export const invitedBy = (who: string | null): string => (who === null ? 'first admin' : `by ${who}`)
export const linkShownOnce = 'Copy the link now. It is not shown again.'
export const person = 'Person'
export const lastSeen = 'Last seen'
export const tokensToday = 'Tokens today'
export const openSessions = 'Sessions'
export const disabled = 'disabled'
export const manage = (who: string): string => `Manage ${who}`
export const makeAdmin = 'Make admin'
export const makeUser = 'Make user'
export const disable = 'Disable'
export const enable = 'Enable'
export const resetLink = 'Reset link'
export const endSessions = 'End sessions'
export const remove = 'Remove'
export const removeQuestion = (who: string): string => `Remove ${who} with all conversations?`
export const budget = 'Limits of this person'
export const keyBudget = (name: string): string => `Limits of ${name}`
export const defaultBudget = 'Default limits'
export const defaultBudgetNote =
  'They count for everybody without limits of their own, from the next message on. An empty field sets no limit.'
export const limitsOf = 'Limits'
export const useDefault = 'Use the default limits'
export const useConfigured = 'Use the configured limits'
export const removeLimits = 'Remove the limits'
export const byDefault = 'default'
export const withoutLimit = 'no limit'
export const owner = 'Owner'
export const answerState: Record<RunningAnswer['status'], string> = { queued: 'waiting', running: 'running' }
export const begun = 'Begun'
export const way = 'Way'
export const ways: Record<RunningAnswer['door'], string> = { trpc: 'Slicechat', openai: 'OpenAI' }
export const state = 'State'
export const endAnswer = 'End'
export const endAnswerLabel = (who: string): string => `End the answer of ${who}`
export const noAnswers = 'No answers are running.'
export const answersNote = 'Their text is not shown, not even to admins.'
export const when = 'When'
export const what = 'What'
export const whom = 'Whom'
export const address = 'Address'
export const exportCsv = 'Export CSV'
export const exportJson = 'Export JSON'
export const auditDetails = ({ details }: AuditEntry): string =>
  Object.entries(details)
    .map(([label, value]) => `${label}: ${String(value)}`)
    .join(', ')

/** A browser and its system, as its `User-Agent` tells. */
export function browserOf(userAgent: string | null): string {
  if (userAgent === null) return unknownBrowser
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)[A-Za-z]*\/(\d+)/.exec(userAgent)
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' }
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0]
  const label = browser?.[1] === undefined ? undefined : (names[browser[1]] ?? browser[1])
  if (label === undefined) return userAgent.slice(0, 40)
  return system === undefined ? label : `${label} on ${system.replace(' OS X', '')}`
}
