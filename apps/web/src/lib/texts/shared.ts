// Texts that several pages show, and those of `lib/ui`.

/** The language of texts, numbers and dates. */
export const locale = 'en'

export const brand = 'Slicechat'
export const titleOf = (page: string): string => (page === '' ? brand : `${page} · ${brand}`)
export const quoted = (name: string): string => `“${name}”`

export const deleteLabel = (what: string): string => `Delete ${what}`
export const deleteQuestion = (what: string): string => `Delete ${what}?`
export const deleteIt = 'Delete'
export const keepIt = 'Keep'

export const copy = 'Copy'
export const copied = 'Copied'
export const copyNotAllowed = 'Not allowed'
export const copyRefused = 'This browser does not let the page use the clipboard.'

/** Shown where a block of code names no language. */
export const noLanguage = 'text'

export const loading = 'Loading …'
export const nothingFound = 'Nothing found.'
export const simulated = 'simulated'
export const showConversations = 'Show the list of conversations'
export const newChat = 'New chat'
export const startNewChat = 'Start a new chat'
export const tryAgain = 'Try again'
