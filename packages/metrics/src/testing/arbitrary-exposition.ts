import fc from 'fast-check'
import type { Exemplar, Family, Labels, MetricType, Sample } from '../exposition.ts'
import { Exposition } from '../exposition.ts'

/** Any text, in which characters that must be escaped are more frequent than by chance. */
export const anyText = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('\\', '\n', '"', 'n', '\t', ' ', '{', '}', ',', '=', '#', '\r', '\\n'),
    },
  ),
  maxLength: 12,
})

const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1e21),
)

/** Label names. Their order on a line is kept, although labels are compared without it. None begins with a digit. */
export const labelName = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/),
  fc.constantFrom('__proto__', 'constructor', 'le', '__name__'),
)

const labels: fc.Arbitrary<Labels> = fc
  .uniqueArray(fc.tuple(labelName, anyText), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs))

const timestamp = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))

const exemplar: fc.Arbitrary<Exemplar> = fc.record(
  { labels, value, timestamp },
  { requiredKeys: ['labels', 'value'], noNullPrototype: true },
)

const suffixes: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created', ''],
  summary: ['', '_sum', '_count'],
  untyped: [''],
  unknown: [''],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  info: ['_info'],
  stateset: [''],
}

const sample = (name: string): fc.Arbitrary<Sample> =>
  fc.record(
    { name: fc.constant(name), labels, value, timestamp, exemplar },
    { requiredKeys: ['name', 'labels', 'value'], noNullPrototype: true },
  )

const family = (name: string): fc.Arbitrary<Family> =>
  fc.constantFrom(...(Object.keys(suffixes) as MetricType[]), null).chain((type) =>
    fc.record(
      {
        name: fc.constant(name),
        type: fc.constant(type),
        // A page cannot hold leading blanks of the text: they belong to the separator.
        help: fc.option(anyText.map((text) => text.replace(/^[ \t\r]+/, ''))),
        unit: fc.constant(null),
        samples: fc
          .array(fc.constantFrom(...(type === null ? [''] : suffixes[type])), { minLength: 1, maxLength: 5 })
          .chain((chosen) => fc.tuple(...chosen.map((suffix) => sample(name + suffix)))),
      },
      { noNullPrototype: true },
    ),
  )

/** Pages that the printer accepts. No name can be mistaken for another name with a suffix. */
export const anyExposition = fc
  .tuple(
    fc.uniqueArray(fc.stringMatching(/^[a-z:][a-z0-9:]{0,8}$/), { minLength: 0, maxLength: 5 }),
    fc.constantFrom('text' as const, 'openmetrics' as const),
  )
  .chain(([names, format]) =>
    fc.tuple(...names.map(family)).map((families) => new Exposition(families, format)),
  )

/** Badly written pages: samples and headers with clashing names in any order, odd blanks. */
export const anyPage = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: roughSample() },
      {
        weight: 2,
        arbitrary: fc
          .tuple(roughName(), fc.constantFrom(...Object.keys(suffixes)))
          .map((w) => `# TYPE ${w.join(' ')}`),
      },
      { weight: 1, arbitrary: roughName().map((name) => `#\tHELP  ${name}\t a \\\\ b\\n`) },
      { weight: 1, arbitrary: fc.constantFrom('', '  ', '# a comment', '#', '# EOFish', '# UNIT is a word') },
    ),
    { maxLength: 14 },
  )
  .map((lines) => lines.join('\n') + '\n')

function roughName(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom('x', 'y', 'x_sum'),
      fc.constantFrom('', '', '_bucket', '_sum', '_count', '_total', '_created', '_info'),
    )
    .map((parts) => parts.join(''))
}

function roughSample(): fc.Arbitrary<string> {
  const blank = fc.constantFrom('', ' ', '\t ', '  ')
  const pairs = fc.constantFrom('', '{}', '{ }', '{a="1"}', '{ a = "1" , }', '{a="\\\\\\"\\n\\x",b=""}')
  const number = fc.constantFrom(
    '1',
    '1.0',
    '+Inf',
    '-inf',
    'NaN',
    'Nan',
    '1e3',
    '.5',
    '-0',
    '1 17',
    '1 # {} 2 3.5',
  )
  return fc
    .tuple(blank, roughName(), blank, pairs, number, blank)
    .map(([a, n, b, l, v, c]) => `${a}${n}${b}${l} ${v}${c}`)
}
