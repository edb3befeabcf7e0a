import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RequestRecord } from '../run/request-record.ts'
import { createFolder } from './create-folder.ts'
import { readRuns } from './read-runs.ts'
import { RequestFile } from './request-file.ts'
import { writeFiles } from './write-files.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slicechat-folder-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a folder that was named is taken if it is new or empty, and never otherwise', () => {
  const out = join(folder, 'a', 'b')
  expect(createFolder(out, 'smoke', new Date())).toBe(out)
  expect(createFolder(out, 'smoke', new Date())).toBe(out)
  writeFileSync(join(out, 'run.json'), '')
  expect(() => createFolder(out, 'smoke', new Date())).toThrow(/--out: .* is not empty/)
  expect(() => createFolder(join(out, 'run.json'), 'smoke', new Date())).toThrow('--out: cannot be made')
})

test.runIf(process.platform === 'linux')('a place where no folder can be made is named, at once', () => {
  expect(() => createFolder('/proc/no/folder', 'smoke', new Date())).toThrow('--out: cannot be made')
})

test('requests.csv holds what servers wrote as text, never as a formula or a new row', async () => {
  const file = join(folder, 'requests.csv')
  const requests = new RequestFile(file)
  requests.add({
    conversation: 'user-0-0',
    turn: 0,
    regenerated: false,
    status: 'failed',
    intendedMs: 0.12345,
    error: { code: '=SUM(A1)', message: 'a "quoted", long\nstory' },
  } as RequestRecord)
  await requests.close()
  const [head = '', ...rows] = readFileSync(file, 'utf8').split('\n')
  expect(head.split(',').slice(0, 5)).toEqual([
    'conversation',
    'turn',
    'regenerated',
    'status',
    'intended_ms',
  ])
  expect(rows.join('\n')).toContain(`user-0-0,0,false,failed,0.123,`)
  expect(rows.join('\n')).toContain(`'=SUM(A1),"a ""quoted"", long\nstory"`)
})

test.runIf(process.platform === 'linux')('a full disk is told at the end, and ends nothing', async () => {
  const requests = new RequestFile('/dev/full', 'w')
  requests.add({ conversation: 'user-0-0' } as RequestRecord)
  const { files, problems } = await requests.close()
  expect(files).toEqual([])
  expect(problems).toEqual([expect.stringMatching(/^\/dev\/full could not be written \(ENOSPC/)])
})

test('a file that cannot be written costs no other, and what was there stays', async () => {
  writeFileSync(join(folder, 'old'), 'old')
  const { files, problems } = await writeFiles(folder, { old: 'new', 'old/within': '', 'a/b': 'new' })
  expect(files).toEqual(['a/b'])
  expect(problems).toEqual([
    expect.stringMatching(/old could not be written \(EEXIST/),
    expect.stringMatching(/within could not be written \(E/),
  ])
  expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('old')
  expect(readFileSync(join(folder, 'a', 'b'), 'utf8')).toBe('new')
})

test('runs that cannot be read are all named', () => {
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'other.json'), '{"schema":"other/1"}')
  const read = () => readRuns([join(folder, 'empty'), join(folder, 'other.json')])
  expect(read).toThrow(/empty: cannot be read[\s\S]*other\.json: schema: the file is other\/1/)
})
