import type { OnProgress } from './copy.ts'

const WIDTH = 30
/** Percents between two lines where there is no terminal. */
const STEP = 25

/** Shows the progress of a copy: a bar on a terminal, else a line for each quarter. */
export function progressBar(stream: NodeJS.WriteStream): OnProgress {
  let shown = ''
  let open = ''
  return (step, done, total) => {
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
    const rounded = stream.isTTY ? percent : Math.floor(percent / STEP) * STEP
    if (shown === `${step} ${rounded}`) return
    shown = `${step} ${rounded}`
    const figures = `${rounded} % (${done} of ${total})`
    if (!stream.isTTY) return void stream.write(`${step}: ${figures}\n`)
    if (open !== step && open !== '') stream.write('\n')
    open = done < total ? step : ''
    const filled = Math.round((percent / 100) * WIDTH)
    const bar = `${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}`
    stream.write(`\r\u001b[K${step.padEnd(24)} [${bar}] ${figures}${open === '' ? '\n' : ''}`)
  }
}
