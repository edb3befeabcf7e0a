import type { DrawnReport } from '@slicechat/report'
import * as texts from '../texts/runs.ts'
import type { Draw } from './run-report.svelte.ts'

/** Draws in a worker of its own, which loads the analysis and the charts, and ends with its answer. */
export const drawReport: Draw = (runs, signal) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./report-worker.ts', import.meta.url), { type: 'module' })
    const end = () => worker.terminate()
    signal.addEventListener('abort', end, { once: true })
    worker.onmessage = ({ data }: MessageEvent<DrawnReport>) => {
      end()
      resolve(data)
    }
    worker.onerror = (event) => {
      end()
      reject(new Error(texts.drawingFailed, { cause: event }))
    }
    worker.postMessage(runs)
  })
