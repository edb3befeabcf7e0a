import type { Latencies, Tally } from '../schema/run.ts'
import { answersWithoutUsage } from '../thresholds/throughput.ts'
import { mergeEncoded } from './merge-histograms.ts'

/** The sum of one number over all parts. */
export function sumOf<K extends string>(parts: readonly Readonly<Record<K, number>>[], key: K): number {
  return parts.reduce((sum, part) => sum + part[key], 0)
}

/**
 * Adds counts and histograms; errors are added by code (most frequent first, with the example that sorts first).
 */
export function mergeTallies(parts: readonly Tally[]): Tally {
  /** The sum of a number that older files lack. */
  const sumOfOptional = (key: keyof Tally): number =>
    parts.reduce((sum, part) => sum + ((part[key] as number | undefined) ?? 0), 0)
  return {
    intended: sumOf(parts, 'intended'),
    started: sumOf(parts, 'started'),
    dropped: sumOf(parts, 'dropped'),
    succeeded: sumOf(parts, 'succeeded'),
    failed: sumOf(parts, 'failed'),
    abandoned: sumOf(parts, 'abandoned'),
    unfinished: sumOf(parts, 'unfinished'),
    undecided: sumOfOptional('undecided'),
    promptTokens: sumOf(parts, 'promptTokens'),
    completionTokens: sumOf(parts, 'completionTokens'),
    succeededPromptTokens: sumOf(parts, 'succeededPromptTokens'),
    succeededCompletionTokens: sumOf(parts, 'succeededCompletionTokens'),
    untold: sumOf(parts, 'untold'),
    untoldPrompts: sumOfOptional('untoldPrompts'),
    succeededUntold: parts.reduce((sum, part) => sum + answersWithoutUsage(part), 0),
    succeededUntoldPrompts: sumOfOptional('succeededUntoldPrompts'),
    bursts: sumOfOptional('bursts'),
    wastedTokens: sumOf(parts, 'wastedTokens'),
    goodRequests: sumOf(parts, 'goodRequests'),
    goodTokens: sumOf(parts, 'goodTokens'),
    errors: mergeErrors(parts.map(({ errors }) => errors)),
    latencies: mergeLatencies(parts.map(({ latencies }) => latencies)),
  }
}

function mergeErrors(parts: readonly Tally['errors'][]): Tally['errors'] {
  return [...Map.groupBy(parts.flat(), ({ code }) => code)]
    .map(([code, same]) => ({
      code,
      count: sumOf(same, 'count'),
      example: same.map(({ example }) => example).sort()[0] ?? '',
    }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}

function mergeLatencies(parts: readonly Latencies[]): Latencies {
  const merged = (key: keyof Latencies): string => mergeEncoded(parts.map((part) => part[key]))
  return {
    ttft: merged('ttft'),
    ttftFromIntended: merged('ttftFromIntended'),
    interToken: merged('interToken'),
    gap: merged('gap'),
    e2e: merged('e2e'),
    e2eFromIntended: merged('e2eFromIntended'),
    startDelay: merged('startDelay'),
  }
}
