import { expect, test } from 'vitest'
import { invocationOf } from './invocation.ts'
import { flag, readFlags } from './flag.ts'

test('what was asked for is kept, and of secrets only that they were given', () => {
  const flags = {
    set: flag.list('PATH=VALUE', ''),
    scrape: flag.list('NAME=URL', ''),
    header: flag.secretList('NAME=VALUE', ''),
    prometheus: flag.text('URL', ''),
    upload: flag.switch(''),
  }
  const args = [
    ...['--set', 'a=1', '--upload', '--header', 'X-Key=s3cret', '--scrape', 'api=http://me:s3cret@a/metrics'],
    ...[
      '--scrape',
      'vllm=http://b/metrics?token=s3cret',
      '--scrape',
      'dcgm=http://c/metrics',
      '--set',
      'b=2',
    ],
  ]
  const { given } = readFlags(args, flags, { names: '', min: 0, max: 0 })
  const env = { LOADGEN_API_KEY: 's3cret', LOADGEN_PROMETHEUS: 'http://me:s3cret@prom:9090' }
  const invocation = invocationOf('chatty', given, flags, env)
  expect(invocation).toEqual({
    scenario: 'chatty',
    set: ['a=1', 'b=2'],
    flags: [
      ['set', 'a=1'],
      ['upload', null],
      ['scrape', 'dcgm=http://c/metrics'],
      ['set', 'b=2'],
    ],
    secret: ['--header', '--scrape', '--prometheus', 'LOADGEN_API_KEY'],
  })
  expect(JSON.stringify(invocation)).not.toContain('s3cret')
})
