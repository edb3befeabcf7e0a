import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-suite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
    if (content.startsWith('#!')) chmodSync(join(folder, name), 0o755)
  }
}

/** The last lines that a program printed. */
function tail(
  lines: number,
  program: string,
  args: string[],
  { path = '', junit = '', database = process.env['TEST_DATABASE_URL'] } = {},
): { code: number | null; lines: string[] } {
  const PATH = [path, process.env['PATH']].join(delimiter)
  const env = { ...process.env, PATH, FORCE_COLOR: '1', JUNIT_FOLDER: junit, TEST_DATABASE_URL: database }
  const ran = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' })
  const printed = stripVTControlCharacters(ran.stdout).trimEnd().split('\n')
  return { code: ran.status, lines: printed.slice(-lines) }
}

test('the tail of a log names each test, hook, file and stray rejection that failed', () => {
  const suite = JSON.stringify(join(import.meta.dirname, 'vitest-suite.ts'))
  write({
    'vitest.config.mjs': `export default { test: { name: 'mine', globals: true, include: ['*.test.js'] } }`,
    'run.ts': `
      import { printClosing, runVitest } from ${suite}
      printClosing(await runVitest('mine', { arguments: ['--root', ${JSON.stringify(folder)}] }))`,
    'a.test.js': `
      describe('sum', () => {
        test('adds', () => expect(1 + 1).toBe(2))
        test('adds more', () => expect(1 + 2).toBe(4))
        test.skip('subtracts', () => {})
      })`,
    'b.test.js': `
      describe('server', () => {
        beforeAll(() => { throw new Error('port taken\\nsecond line') })
        test('answers', () => {})
      })`,
    'c.test.js': `import './absent.js'`,
    'd.test.js': `
      test('passes', async () => {
        Promise.reject(new Error('nobody waits'))
        await new Promise((next) => setImmediate(next))
      })`,
  })
  const { lines } = tail(5, process.execPath, ['run.ts'], { junit: join(folder, 'junit') })
  expect(lines.slice(0, 4).toSorted()).toEqual([
    'FAILED a.test.js > sum > adds more: AssertionError: expected 3 to be 4 // Object.is equality',
    'FAILED b.test.js > server: Error: port taken',
    expect.stringMatching(/^FAILED c\.test\.js: Error: .*absent\.js/),
    'FAILED outside of any test: Error: nobody waits',
  ])
  expect(lines[4]).toBe('2 passed, 4 failed, 2 skipped')
  // Jenkins reads these files.
  const xml = readFileSync(join(folder, 'junit/mine.xml'), 'utf8')
  expect(xml).toMatch(/^<\?xml /)
  expect(xml).toMatch(/<testcase [^>]*name="sum &gt; adds more"[^>]*>\s*<failure message="expected 3 to be 4/)
})

// CI's script is for bash.
test.skipIf(spawnSync('bash', ['--version']).status !== 0)(
  'CI repeats the failures of all suites just before its last line',
  () => {
    const ci = readFileSync(join(import.meta.dirname, '../.ci/run'), 'utf8')
    write({
      '.ci/run': ci,
      'programs/promtool': '#!/bin/sh\n',
      'programs/nginx': '#!/bin/sh\n',
      'programs/python3': '#!/bin/sh\n',
      'programs/npm': `#!/bin/sh
case "$*" in
  *--packages) ;;
  *test:delivery*) echo '3 passed, 0 failed, 1 skipped' ;;
  *test:postgres*) echo '5 passed, 0 failed' ;;
  *test:clients*) echo '4 passed, 0 failed, 2 skipped' ;;
  'test -- --without-postgres') printf '\\033[31mFAILED\\033[39m a.test.ts > adds: Error: no\\n7 passed, 1 failed, 2 skipped\\n'; exit 1 ;;
  *) echo 'Starting …'; exit 3 ;;
esac
`,
    })
    const { code, lines } = tail(3, 'bash', ['.ci/run'], {
      path: join(folder, 'programs'),
      database: 'given',
    })
    expect(lines).toEqual([
      'FAILED a.test.ts > adds: Error: no',
      'FAILED npm run test:vllm: ended with exit code 3 and no counts',
      process.getuid?.() === 0 ? '19 passed, 2 failed' : '16 passed, 2 failed',
    ])
    expect(code).toBe(1)
  },
)
