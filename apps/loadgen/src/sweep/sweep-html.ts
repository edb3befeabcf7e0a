import type { Sweep } from './sweep.ts'
export function sweepHtml(sweep: Sweep): string {
  return JSON.stringify(sweep)
}
