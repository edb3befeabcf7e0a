import { expect, test } from 'vitest'
import { analyse } from '@slicechat/run/analysis'
import { anInterval, aTally, withCount, worldOf } from '@slicechat/run/testing'
import { reportHtml } from './html/report-html.ts'
import { markdownOf } from './markdown.ts'

const nouns =
  'requests|answers|tokens|users|generations|errors|attempts|cores|workers|shards|times|seconds|outputs|starts|thresholds'

/** One of each: requests that end in every way, one interval, one user. */
function lone() {
  const fate = {
    client: 'succeeded' as const,
    api: 'success' as const,
    engine: 'finished' as const,
    prompt: 1,
    made: 1,
    read: 1,
    untold: true,
  }
  const run = worldOf([fate])
  const whole = {
    ...aTally({ ...run.whole, dropped: 1, undecided: 1, wastedTokens: 1 }),
    unfinished: 1,
    failed: 1,
    errors: [{ code: 'X', count: 1, example: 'x' }],
  }
  return {
    ...run,
    whole,
    steadyTally: whole,
    cutShort: 'Ctrl-C',
    intervals: [anInterval({ users: 1, active: 1, started: 1, tokens: 1 })],
    self: { ...run.self, cores: 1, gc: { ...run.self.gc, count: 1 } },
  }
}

test.each(['vllm:generation_tokens_total', 'vllm:request_success_total', 'chat_requests_total', undefined])(
  'one is not many, whatever disagrees (%s)',
  (disagreeing) => {
    const run = disagreeing === undefined ? lone() : withCount(lone(), disagreeing, null, 3)
    const analysis = analyse(run)
    const texts = [markdownOf(run, analysis), reportHtml([{ run, analysis }])]
    for (const text of texts)
      expect(
        [
          ...text.matchAll(new RegExp(`[^.]{0,40}(?<![\\d.,])1[\\s\\u00a0](?:${nouns})\\b(?!/).{0,30}`, 'g')),
        ].map(String),
      ).toEqual([])
  },
)
