import { expect, it } from 'vitest'
import { BadConfiguration } from '../configuration/bad-configuration.ts'
import { readFlags, usage } from './flags.ts'

function problemsOf(...args: string[]): readonly string[] {
  try {
    readFlags(args)
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems
    throw error
  }
  return []
}

const good = [
  ...['--url', 'http://gpu:8000/v1', '--slice', 'a800-40gb:2g.10gb'],
  ...['--model-preset', 'qwen2.5-3b-instruct'],
]

it('has defaults for all but the server, what it runs on and what it serves', () => {
  expect(readFlags(good)).toMatchObject({
    hardware: 'a800-40gb:2g.10gb',
    sizes: { preset: 'qwen2.5-3b-instruct' },
    model: undefined,
    out: 'calibrated.json',
    batches: [1, 8, 32],
    checkBatch: 16,
    prompts: [32, 128, 512],
    seconds: 120,
  })
})

it('takes peaks and sizes of what there is no preset of, in base units', () => {
  const peaks = ['--bandwidth', '20', '--tflops', '0.2', '--memory', '16']
  expect(readFlags(['--url', 'https://h/v1', ...peaks, '--model-config', 'm/config.json'])).toMatchObject({
    hardware: { bandwidth: 20e9, flops: 0.2e12, memoryBytes: 16 * 2 ** 30 },
    sizes: { config: 'm/config.json' },
  })
})

it('tells all bad values at once', () => {
  const problems = problemsOf(
    ...[
      '--url',
      'ftp://gpu',
      '--slice',
      'none',
      '--bandwidth',
      '-3',
      '--batches',
      '2,x',
      '--colour',
      'green',
    ],
    'stray',
    '--seconds',
  )
  for (const flag of [
    '--url',
    '--slice',
    '--bandwidth',
    '--batches',
    '--colour',
    'stray',
    '--seconds',
    '--model-preset',
  ])
    expect(problems.filter((problem) => problem.startsWith(flag))).not.toEqual([])
})

it('wants one of two ways to say a thing, and that one whole', () => {
  expect(problemsOf(...good, '--bandwidth', '20')).toEqual([expect.stringContaining('not both')])
  const half = ['--url', 'http://h', '--bandwidth', '20', '--model-config', 'c']
  expect(problemsOf(...half)).toEqual([expect.stringContaining('go together')])
  expect(problemsOf(...good, '--batches', '8')).toEqual([expect.stringContaining('1 must be among')])
  expect(problemsOf(...good, '--check-batch', '8')).toEqual([expect.stringContaining('predicted')])
})

it('has a help text with every flag', () => {
  expect(usage()).toContain('--check-batch')
})
