import * as texts from '../texts/shell.ts'

interface Dated {
  updatedAt: string
}

export interface DayGroup<T> {
  label: string
  items: T[]
}

const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate())

function daysBetween(earlier: Date, later: Date): number {
  // Rounded, since a day has 23 or 25 hours when clocks change.
  return Math.round((startOfDay(later).getTime() - startOfDay(earlier).getTime()) / 86_400_000)
}

function labelFor(date: Date, now: Date): string {
  const days = daysBetween(date, now)
  if (days <= 0) return texts.today
  if (days === 1) return texts.yesterday
  if (days < 7) return texts.pastWeek
  if (days < 30) return texts.pastMonth
  const year = date.getFullYear()
  return texts.monthOf(date, year === now.getFullYear() ? undefined : year)
}

/** Groups a list that is newest first by days of the reader's time zone; `now` is in ms, as from `Date.now()`. */
export function groupByDay<T extends Dated>(items: readonly T[], now: number): DayGroup<T>[] {
  const groups = Map.groupBy(items, (item) => labelFor(new Date(item.updatedAt), new Date(now)))
  return [...groups].map(([label, group]) => ({ label, items: group }))
}
