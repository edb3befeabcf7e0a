// Texts around the pages: sidebar, status of the server, notices, and pages that cannot be shown.
import { locale } from './shared.ts'

export const conversations = 'Conversations'
export const hideConversations = 'Hide the list of conversations'
export const closeConversations = 'Close the list of conversations'
export const searchConversations = 'Search conversations'
export const search = 'Search'
export const noConversations = 'Your conversations will appear here.'
export const loadingMore = 'Loading more …'
export const loadTests = 'Load tests'

export const conversationTitle = 'Title'
export const renameLabel = (what: string): string => `Rename ${what}`
export const deleteForGood = 'Delete for good?'

export const today = 'Today'
export const yesterday = 'Yesterday'
export const pastWeek = 'Past week'
export const pastMonth = 'Past month'
/** @param year absent for the current one */
export function monthOf(date: Date, year: number | undefined): string {
  const month = date.toLocaleDateString(locale, { month: 'long' })
  return year === undefined ? month : `${month} ${year}`
}

export const themes = { system: 'As the system', light: 'Light', dark: 'Dark' }
export const themeButton = (theme: string): string => `Colours: ${theme}. Change`

export const dismiss = 'Dismiss'
export const troubles = {
  'api-unreachable': 'Connection to Slicechat lost. Trying again …',
  'store-down':
    'Slicechat cannot reach its database. Answers that are running go on; all else has to wait until it is back.',
  'upstream-unreachable': 'The model server cannot be reached. Answers will fail until it is back.',
}

export const pageBroken = 'This page could not be drawn'
export const pageBrokenText = 'That is a defect of Slicechat; nothing that was written is lost.'
export const loadAgain = 'Load it again'
export const nothingHere = 'There is nothing here'
export const nothingHereText = 'The address leads nowhere.'
export const somethingBroke = 'Something broke'
