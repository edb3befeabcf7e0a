import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveryHome } from './cluster/home.ts'
import { missingFor, searchPath } from './requirements.ts'

/** The version of Groovy that Jenkins contains. A newer one accepts syntax that Jenkins refuses. */
const GROOVY = 'groovy-all-2.4.21'
const ARTIFACT = 'org.codehaus.groovy:groovy-all:2.4.21'

/** Fetches Groovy with Maven, once. @returns the path of its jar */
function ensureGroovy(): string {
  const jar = join(deliveryHome(), 'bin', `${GROOVY}.jar`)
  if (existsSync(jar)) return jar
  const part = join(deliveryHome(), 'bin', `${GROOVY}.${process.pid}`)
  mkdirSync(part, { recursive: true })
  const args = [
    '--batch-mode',
    '--quiet',
    'dependency:copy',
    `-Dartifact=${ARTIFACT}`,
    `-DoutputDirectory=${part}`,
  ]
  const { status, stdout } = spawnSync('mvn', args, {
    cwd: part,
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath() },
  })
  if (status !== 0) throw new Error(`Maven did not bring ${ARTIFACT}:\n${stdout}`)
  renameSync(join(part, `${GROOVY}.jar`), jar)
  rmSync(part, { recursive: true })
  return jar
}

describe.skipIf(missingFor('jenkinsfile').length > 0)('the Jenkinsfile', () => {
  const source = readFileSync('Jenkinsfile', 'utf8')
  let jar: string
  let folder: string
  beforeAll(() => {
    jar = ensureGroovy()
    folder = mkdtempSync(join(tmpdir(), 'slicechat-jenkinsfile-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Compiles a text, without running it. @returns the compiler's output, empty if it found no error */
  function compile(text: string): string {
    const file = join(folder, 'Jenkinsfile.groovy')
    writeFileSync(file, text)
    const compiler = [
      '-cp',
      jar,
      'org.codehaus.groovy.tools.FileSystemCompiler',
      '-d',
      join(folder, 'classes'),
    ]
    const { status, stdout, stderr } = spawnSync('java', [...compiler, file], { encoding: 'utf8' })
    return status === 0 ? '' : stdout + stderr
  }

  test('is Groovy as Jenkins reads it', () => {
    expect(compile(source)).toBe('')
  })

  const push = "sh 'sh deploy/pipeline/push.sh'"
  test.each([
    ['a brace', source.replace(/\}\s*$/, '')],
    ['a quotation mark', source.replace(push, push.slice(0, -1))],
    ['a comma', source.replace('time: 90, unit', 'time: 90 unit')],
    ['a bracket', source.replace("'skip'],", "'skip',")],
  ])('is none without %s', (_, broken) => {
    expect(broken).not.toBe(source)
    expect(compile(broken)).toMatch(/Jenkinsfile\.groovy: \d+: /)
  })
})
