import type { Html } from './syntax/pieces.ts'

export interface Uncoloured {
  language: string
  code: string
}
/** Messages of the worker: `loaded` when it has the language and begins, then the code, `null` if it stays as it is. */
export type Coloured = 'loaded' | { html: Html | null }

/** Time limit for one piece of code: grammars are regular expressions, and for some code they take hours. */
const MAX_MS = 2_000

interface Job extends Uncoloured {
  done: (html: Html | null) => void
}
const jobs: Job[] = []
let worker: Worker | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Colours code in a worker, so that the page never waits; `null` if the language is unknown or it takes too long. */
export function colour(language: string, code: string): Promise<Html | null> {
  return new Promise((done) => {
    if (jobs.push({ language, code, done }) === 1) begin()
  })
}

function begin(): void {
  const job = jobs[0]
  if (!job) return
  worker ??= newWorker()
  const { language, code } = job
  worker.postMessage({ language, code })
}

function newWorker(): Worker {
  const created = new Worker(new URL('./colouring-worker.ts', import.meta.url), { type: 'module' })
  created.onmessage = ({ data }: MessageEvent<Coloured>) => {
    if (data === 'loaded') timer = setTimeout(giveUp, MAX_MS)
    else end(data.html)
  }
  created.onerror = giveUp
  return created
}

function giveUp(): void {
  worker?.terminate()
  worker = undefined
  end(null)
}

function end(html: Html | null): void {
  clearTimeout(timer)
  jobs.shift()?.done(html)
  begin()
}
