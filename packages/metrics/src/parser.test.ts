import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExpositionError } from './exposition.ts'
import { parseExposition } from './parser.ts'
import { fixture } from './testing/fixtures.ts'

const only = (line: string) => parseExposition(`${line}\n`).families[0]?.samples[0]

describe('a sample line', () => {
  test.each([
    ['a 1', { name: 'a', labels: {}, value: 1 }],
    ['a{} 1.50', { name: 'a', labels: {}, value: 1.5 }],
    ['ns:a_b1 -2e-3', { name: 'ns:a_b1', labels: {}, value: -0.002 }],
    [' \ta \t{ x = "1" ,\ty="2", }\t 3  ', { name: 'a', labels: { x: '1', y: '2' }, value: 3 }],
    ['a{x="1"}2', { name: 'a', labels: { x: '1' }, value: 2 }],
    ['a 1 1395066363000', { name: 'a', labels: {}, value: 1, timestamp: 1_395_066_363_000 }],
    ['a 1 -5\r', { name: 'a', labels: {}, value: 1, timestamp: -5 }],
    ['a 5.006708736e+09', { name: 'a', labels: {}, value: 5_006_708_736 }],
    ['a{x="C:\\\\DIR\\nname \\"q\\""} 1', { name: 'a', labels: { x: 'C:\\DIR\nname "q"' }, value: 1 }],
    ['a{x="\\\\n"} 1', { name: 'a', labels: { x: '\\n' }, value: 1 }],
    ['a{x="}, # 1 \t中文😀"} 1', { name: 'a', labels: { x: '}, # 1 \t中文😀' }, value: 1 }],
    ['a{x="\\d"} 1', { name: 'a', labels: { x: '\\d' }, value: 1 }],
  ])('%j', (line, sample) => {
    expect(only(line)).toEqual(sample)
  })

  test.each([
    ['+Inf', Infinity],
    ['Inf', Infinity],
    ['-Inf', -Infinity],
    ['-infinity', -Infinity],
    ['NaN', NaN],
    // prom-client's spelling
    ['Nan', NaN],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['1E3', 1000],
  ])('value %s', (text, value) => {
    expect(only(`a ${text}`)?.value).toBe(value)
  })

  test('an exemplar, with and without timestamps', () => {
    const exemplar = { labels: { trace_id: 'Kx"' }, value: 0.67 }
    expect(only('a_bucket{le="1"} 11 # {trace_id="Kx\\""} 0.67')).toMatchObject({ value: 11, exemplar })
    expect(only('a_bucket{le="1"} 11 1.5 # {trace_id="Kx\\""} 0.67 1520879607.789')).toMatchObject({
      timestamp: 1.5,
      exemplar: { ...exemplar, timestamp: 1_520_879_607.789 },
    })
  })

  test.each([
    ['1a 2', 'expected a metric name'],
    ['{a="b"} 2', 'expected a metric name'],
    ['a', 'expected a value'],
    ['a{x="1"}', 'expected a value'],
    ['a 0x10', '"0x10" is no value'],
    ['a 1_000', '"1_000" is no value'],
    ['a 1 soon', '"soon" is no timestamp'],
    ['a 1 2 3', 'expected the end of the line'],
    ['a{x} 1', 'expected "=" after label x'],
    ['a{x=1} 1', 'expected a quoted value for label x'],
    ['a{x="1} 1', 'the value of label x does not end'],
    ['a{x="1\\"} 1', 'the value of label x does not end'],
    ['a{x="1" y="2"} 1', 'expected "," or "}" after label x'],
    ['a{x="1"', 'expected "," or "}" after label x'],
    ['a{x="1",', 'expected a label name'],
    ['a{,} 1', 'expected a label name'],
    ['a{1="x"} 1', 'expected a label name'],
    ['a{x="1",x="1"} 1', 'label x stands twice'],
    ['a 1 # 5', 'expected the labels of an exemplar'],
    ['a 1 # {} 5 6 7', 'expected the end of the line'],
    ['# TYPE a speed', '"speed" is no metric type'],
    ['# TYPE a gauge gauge', 'expected the end of the line'],
    ['# HELP', 'expected a metric name'],
  ])('%j is refused, with its number and text', (line, problem) => {
    const attempt = () => parseExposition(`# fine\n\n${line}\nb 2\n`)
    expect(attempt).toThrow(ExpositionError)
    expect(attempt).toThrow(`line 3: ${problem}: ${JSON.stringify(line)}`)
  })
})

describe('families', () => {
  test('HELP and TYPE, in any order, with escapes; comments and blank lines between', () => {
    const page = parseExposition(
      '# TYPE a_total counter\n#HELP a_total  back\\\\slash\\nfeed \\"q\\" \n\n# any comment\n  \na_total 1\n',
    )
    expect(page.families).toEqual([
      {
        name: 'a_total',
        type: 'counter',
        help: 'back\\slash\nfeed \\"q\\" ',
        unit: null,
        samples: [{ name: 'a_total', labels: {}, value: 1 }],
      },
    ])
  })

  test('a histogram holds its buckets, sum and count, wherever they stand', () => {
    const page = parseExposition(
      'h_sum 9\nother 1\nh_bucket{le="1"} 1\n# TYPE h histogram\nh_bucket{le="+Inf"} 2\nother_b 1\nh_count 2\n',
    )
    expect(page.families.map((family) => [family.name, family.type, family.samples.length])).toEqual([
      ['other', null, 1],
      ['h', 'histogram', 4],
      ['other_b', null, 1],
    ])
  })

  test('a sample before its TYPE line belongs to the family all the same', () => {
    const { families } = parseExposition('a 1\n# TYPE a gauge\na{x="1"} 2\n')
    expect(families).toMatchObject([{ name: 'a', type: 'gauge', samples: [{ value: 1 }, { value: 2 }] }])
  })

  test('saying a type again is fine, contradicting it is not', () => {
    expect(parseExposition('# TYPE a gauge\n# TYPE a gauge\n').family('a')?.type).toBe('gauge')
    expect(() => parseExposition('# TYPE a gauge\n# TYPE a counter\n')).toThrow(
      'line 2: a is a gauge already',
    )
  })

  test('a metric with a declared name of its own is no suffix of another', () => {
    const page = parseExposition('# TYPE a histogram\na_count 1\n# TYPE a_created gauge\na_created 5\n')
    expect(page.families.map((family) => family.name)).toEqual(['a', 'a_created'])
  })
})

describe('OpenMetrics', () => {
  const text =
    '# TYPE req_seconds counter\n# UNIT req_seconds seconds\n# HELP req_seconds With \\"quotes\\"\n' +
    'req_seconds_total 17.0 1520879607.789\nreq_seconds_created 1520430000.123\n' +
    '# TYPE build info\nbuild_info{v="1"} 1\n# EOF\n'

  test('is known by its end', () => {
    const page = parseExposition(text)
    expect(page.format).toBe('openmetrics')
    expect(page.family('req_seconds')).toMatchObject({
      unit: 'seconds',
      help: 'With "quotes"',
      type: 'counter',
    })
    expect(page.family('build')?.samples).toHaveLength(1)
    expect(page.samples('req_seconds_total')[0]?.timestamp).toBe(1_520_879_607.789)
  })

  test('nothing may follow the end but blank lines', () => {
    expect(() => parseExposition('# EOF\n\na 1\n', { format: 'openmetrics' })).toThrow(
      'line 3: expected nothing',
    )
    expect(parseExposition('a 1\n# EOF\n \n').format).toBe('openmetrics')
  })

  test('a page that says it is OpenMetrics and has no end was cut off', () => {
    expect(() => parseExposition('a 1\nb 2', { format: 'openmetrics' })).toThrow(
      'line 2: expected # EOF after this line: "b 2"',
    )
  })

  test('in the text format UNIT is a comment', () => {
    expect(parseExposition('# UNIT 1 2 3\na 1\n').families).toHaveLength(1)
  })
})

describe('lookups', () => {
  const page = parseExposition('a{x="1",y="1"} 1\na{x="1",y="2"} 2\na{x="2",y="1"} 4\n')

  test('by name and some of the labels', () => {
    expect(page.samples('a').map((sample) => sample.value)).toEqual([1, 2, 4])
    expect(page.samples('a', { x: '1' }).map((sample) => sample.value)).toEqual([1, 2])
    expect(page.samples('a', { x: '1', y: '2' }).map((sample) => sample.value)).toEqual([2])
    expect(page.samples('a', { constructor: 'x' })).toEqual([])
    expect(page.samples('b')).toEqual([])
  })

  test('a sum, which is not 0 where there is nothing', () => {
    expect(page.sum('a', { y: '1' })).toBe(5)
    expect(page.sum('a', { y: '3' })).toBeUndefined()
  })
})

describe('recorded pages', () => {
  test('vLLM 0.32', () => {
    const page = parseExposition(fixture('vllm-0.32/metrics-under-load.prom'))
    expect(page.families.every((family) => family.type !== null && family.help !== null)).toBe(true)
    expect(page.sum('vllm:num_requests_running')).toBe(32)
    expect(page.family('vllm:time_to_first_token_seconds')?.samples).toHaveLength(25)
    expect(page.sum('vllm:request_success_total', { finished_reason: 'abort' })).toBe(0)
    expect(page.family('vllm:iteration_tokens_total')?.type).toBe('histogram')
  })

  test('dcgm-exporter without HELP and TYPE, slices and the whole card under one name', () => {
    const page = parseExposition(fixture('dcgm-exporter/a100-mig.prom'))
    expect(page.families.every((family) => family.type === null)).toBe(true)
    const active = page.samples('DCGM_FI_PROF_GR_ENGINE_ACTIVE')
    expect(active[0]?.labels['GPU_I_ID']).toBeUndefined()
    expect(page.samples('DCGM_FI_PROF_GR_ENGINE_ACTIVE', { GPU_I_ID: '13' })).toMatchObject([
      { value: 0.995687 },
    ])
  })

  test('dcgm-exporter with them', () => {
    const page = parseExposition(fixture('dcgm-exporter/l40s.prom'))
    expect(page.family('DCGM_FI_DEV_SM_CLOCK')).toMatchObject({
      type: 'gauge',
      help: 'SM clock frequency (in MHz).',
    })
    expect(page.samples('DCGM_FI_DEV_SM_CLOCK')[0]).toMatchObject({
      value: 210,
      labels: { modelName: 'NVIDIA L40S' },
    })
  })
})

test('whatever it is given, it reads or refuses with a line number', () => {
  const soup = fc.string({
    unit: fc.constantFrom(...Array.from('a1_:{}="\\,# \t\nTYPEHLOF.+-e')),
    maxLength: 60,
  })
  fc.assert(
    fc.property(soup, (page) => {
      try {
        parseExposition(page)
      } catch (error) {
        expect(error).toBeInstanceOf(ExpositionError)
      }
    }),
    { numRuns: 2000 },
  )
})
