import type { PresetFile } from '../configuration/preset-file.ts'
import { percent, type Calibration } from './calibration.ts'
import type { Check } from './check.ts'

const signed = (share: number) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)}%`
const inMs = (ms: number) => ms.toFixed(ms < 100 ? 2 : 1)

/** The report: measured and fitted time of every step, the parameters, the predicted batch, and the notes. */
export function reportOf({ fit, preset, notes }: Calibration, checks: readonly Check[]): string {
  const points = fit.points
    .toSorted((a, b) => a.observation.name.localeCompare(b.observation.name, 'en', { numeric: true }))
    .map(({ observation, fittedMs, relativeError, bound }) => [
      observation.name,
      String(Math.round(observation.work.contextTokens)),
      inMs(observation.ms),
      `±${percent(observation.spread)} of ${observation.repeats}`,
      inMs(fittedMs),
      signed(relativeError),
      bound,
    ])
  const heads = [
    'step (batch × prompt)',
    'context',
    'measured ms',
    'spread',
    'fitted ms',
    'error',
    'bound by',
  ]
  const { efficiency, slice } = preset
  const rate = (reached: number, unit: string) => `${reached.toPrecision(3)} ${unit}`
  const parameters = [
    [
      'bandwidth',
      percent(efficiency.bandwidth),
      `of ${rate(slice.bandwidth / 1e9, 'GB/s')}`,
      uncertainty(fit.msPerByte),
    ],
    [
      'FLOP/s',
      percent(efficiency.flops),
      `of ${rate(slice.flops / 1e12, 'TFLOP/s')}`,
      uncertainty(fit.msPerFlop),
    ],
    ['step overhead', `${inMs(efficiency.stepOverheadMs)} ms`, '', uncertainty(fit.stepOverheadMs)],
    [
      'sequence overhead',
      `${efficiency.sequenceOverheadMs.toPrecision(3)} ms`,
      '',
      uncertainty(fit.sequenceOverheadMs),
    ],
    ...(fit.requestMs === undefined
      ? []
      : [['before the engine', `${inMs(fit.requestMs.value)} ms`, '', uncertainty(fit.requestMs)]]),
  ]
  const checked = checks.map(({ name, quantity, measured, predicted }) => [
    name,
    quantity,
    inMs(measured),
    inMs(predicted),
    signed(predicted / measured - 1),
  ])
  return [
    tableOf(heads, points),
    `RMS of the relative errors: ${percent(fit.rms)}`,
    '',
    tableOf(['parameter', 'fitted', '', 'standard error'], parameters),
    '',
    tableOf(['not fitted to', 'what', 'measured', 'simulated', 'error'], checked),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${note}`)] : []),
  ].join('\n')
}

function uncertainty({ value, error }: { value: number; error: number }): string {
  if (error === Infinity) return 'not determined'
  return error > 0 ? `±${percent(error / value)}` : 'at its bound'
}

/** The origin of a preset's figures, as its file records it. */
export function provenanceOf(
  { fit, notes }: Calibration,
  checks: readonly Check[],
  server: { readonly url: string; readonly model: string; readonly rounds: number; readonly date: string },
): NonNullable<PresetFile['measured']> {
  return {
    ...server,
    rms: fit.rms,
    points: fit.points.map(({ observation, fittedMs }) => ({
      step: observation.name,
      contextTokens: observation.work.contextTokens,
      measuredMs: observation.ms,
      spread: observation.spread,
      fittedMs,
    })),
    checks: checks.map((check) => ({ ...check })),
    notes: [...notes],
  }
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows]
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
