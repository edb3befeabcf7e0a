import fc from 'fast-check'

/** What happened to one request, with times on one clock; requests of the run begin at 30 or later. */
export interface Happening {
  /**
   * Whose request: the run's, or that of somebody else who asked before it began, through the API or at the
   * engine directly.
   */
  readonly of: 'run' | 'foreign' | 'foreign at the engine'
  readonly begin: number
  readonly prompt: number
  /**
   * When the engine makes the first of `tokens` tokens; each further one takes `pace`, unless something stops it.
   */
  readonly firstAt: number
  readonly tokens: number
  readonly pace: number
  /** Tokens without text before the first that has text. */
  readonly silent: number
  readonly engineBegin: number
  /** What the user, or a fault, does at the time `at`. */
  readonly fate: 'none' | 'stop' | 'leave' | 'cut' | 'lost' | 'broke off' | 'engine failed' | 'turned away'
  readonly at: number
  /**
   * Delays until the API sees a token, until it gives up an answer that nobody reads, and until the engine
   * ends that answer.
   */
  readonly lag: { readonly read: number; readonly orphan: number; readonly abort: number }
}

/**
 * When the pages at the start and at the end of the windows were read; the last ones some time after the last
 * user had gone.
 */
export interface Windows {
  readonly first: { readonly api: number; readonly vllm: number }
  readonly last: { readonly api: number; readonly vllm: number }
}

export interface History {
  readonly happenings: readonly Happening[]
  readonly windows: Windows
}

const few = fc.nat({ max: 6 })

const happening = (kinds: readonly Happening['of'][]): fc.Arbitrary<Happening> =>
  fc
    .record({
      of: fc.constantFrom(...kinds),
      begin: fc.nat({ max: 19 }),
      prompt: fc.integer({ min: 1, max: 300 }),
      waits: fc.tuple(few, few),
      tokens: fc.integer({ min: 1, max: 250 }),
      pace: fc.constantFrom(0.125, 0.5, 1),
      silent: fc.nat({ max: 1 }),
      fate: fc.constantFrom<Happening['fate']>(
        ...(['none', 'none', 'none', 'stop', 'leave', 'cut', 'lost'] as const),
        ...(['broke off', 'engine failed', 'turned away'] as const),
      ),
      after: fc.nat({ max: 60 }),
      lag: fc.record({ read: few, orphan: fc.nat({ max: 30 }), abort: few }),
    })
    .map(({ begin, waits, after, ...rest }) => {
      const from = rest.of === 'run' ? begin + 30 : begin
      const engineBegin = rest.of === 'foreign at the engine' ? from : from + waits[0]
      const firstAt = engineBegin + 1 + waits[1]
      return { ...rest, begin: from, engineBegin, firstAt, at: from + after }
    })

/** Histories in which nothing is under way when a window begins or ends. */
export const anyQuietHistory: fc.Arbitrary<History> = fc
  .array(happening(['run']), { maxLength: 25 })
  .map((happenings) => ({
    happenings,
    windows: { first: { api: 20, vllm: 20 }, last: { api: 1000, vllm: 1000 } },
  }))

/** The same among requests of an earlier run, with pages read while some are under way, each at its own time. */
export const anyHistory: fc.Arbitrary<History> = fc
  .record({
    happenings: fc.array(happening(['run', 'run', 'run', 'foreign', 'foreign at the engine']), {
      maxLength: 25,
    }),
    first: fc.record({ api: few, vllm: few }),
    last: fc.record({ api: few, vllm: few }),
  })
  .map(({ happenings, first, last }) => {
    const over = Math.max(30, ...happenings.filter(isOwn).map((one) => lived(one).clientEnd))
    const windows = {
      first: { api: 20 + first.api, vllm: 20 + first.vllm },
      last: { api: over + last.api, vllm: over + last.vllm },
    }
    // A request that lies entirely between the two pages is counted by one of them, and under way at neither.
    const between = (one: Happening, vllm: number, api: number): boolean =>
      one.of !== 'foreign at the engine' && one.engineBegin > vllm && lived(one).apiEnd <= api
    return {
      happenings: happenings
        .filter((one) => !between(one, windows.first.vllm, windows.first.api) || isOwn(one))
        .filter((one) => !between(one, windows.last.vllm, windows.last.api)),
      windows,
    }
  })

export const isOwn = ({ of }: Happening): boolean => of === 'run'
/** The times of the tokens that are made by `until`. */
export const tokensBy = ({ firstAt, tokens, pace }: Happening, until: number): number[] =>
  Array.from({ length: tokens }, (_, i) => firstAt + i * pace).filter((time) => time <= until)

/** How a request went for each party that counts. */
export interface Lived {
  readonly client:
    'succeeded' | 'abandoned' | 'unfinished' | 'QUEUE_FULL' | 'CONNECTION_LOST' | 'UPSTREAM_BROKE_OFF'
  readonly clientEnd: number
  readonly told: boolean
  readonly api: 'success' | 'error' | 'cancelled' | 'rejected'
  readonly apiEnd: number
  readonly read: number
  readonly engine: 'finished' | 'failed' | 'aborted' | 'never came'
  readonly engineEnd: number
  readonly made: number
}

export function lived(one: Happening): Lived {
  const { begin, at, fate, lag, engineBegin } = one
  if (fate === 'turned away')
    return {
      client: 'QUEUE_FULL',
      clientEnd: begin,
      told: false,
      api: 'rejected',
      apiEnd: begin,
      read: 0,
      engine: 'never came',
      engineEnd: begin,
      made: 0,
    }
  const end = one.firstAt + (one.tokens - 1) * one.pace
  const whole = end + lag.read
  const nobodyReads = fate === 'leave' || fate === 'lost' || fate === 'cut'
  const letGo = fate === 'none' ? Infinity : at + (nobodyReads ? lag.orphan : 0)
  const failsThere = fate === 'engine failed' && at < end && one.firstAt <= at
  const engineStop = failsThere ? at : letGo + lag.abort
  const succeeded = letGo >= whole
  const apiEnd = succeeded ? whole : letGo
  const read = tokensBy(one, apiEnd - lag.read).length
  const came = engineBegin <= apiEnd
  const failed = fate === 'broke off' || fate === 'engine failed'
  return {
    client: clientOf(fate, succeeded && !(nobodyReads && at < whole) && !(fate === 'stop' && at <= whole)),
    clientEnd: nobodyReads ? Math.min(at, whole) : apiEnd,
    told: read > 0 && !(nobodyReads && at < whole),
    api: succeeded ? 'success' : failed ? 'error' : 'cancelled',
    apiEnd,
    read,
    engine: !came ? 'never came' : end <= engineStop ? 'finished' : failsThere ? 'failed' : 'aborted',
    engineEnd: !came ? begin : Math.min(end, engineStop),
    made: came ? tokensBy(one, engineStop).length : 0,
  }
}

function clientOf(fate: Happening['fate'], whole: boolean): Lived['client'] {
  if (whole || fate === 'none') return 'succeeded'
  if (fate === 'stop' || fate === 'leave') return 'abandoned'
  if (fate === 'cut') return 'unfinished'
  return fate === 'lost' ? 'CONNECTION_LOST' : 'UPSTREAM_BROKE_OFF'
}
