import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = 'deploy/pipeline'
const read = (file: string): string => readFileSync(file, 'utf8')
const jenkinsfile = read('Jenkinsfile')
const agent = read(`${folder}/agent.yaml`)
const documentation = read('docs/pipeline.md')
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'))
const sources = scripts.map((name) => read(`${folder}/${name}`)).join('\n')

/** The text of each match's groups, without duplicates, sorted. */
function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, ...groups]) => groups.join('')))].sort()
}

/** The table below a heading: each name in backquotes in its first column, with its second column. */
function table(heading: string): [string, string][] {
  const section = documentation.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| (`.+?`) *\| (.*?) *\|/gm)].flatMap(([, names = '', value = '']) =>
    all(names, /`(\w+)`/g).map((name): [string, string] => [name, value]),
  )
}

test.each(scripts)('%s is a POSIX shell script', (name) => {
  expect(spawnSync('sh', ['-n', `${folder}/${name}`], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  })
})

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0
test.skipIf(!shellcheck)('shellcheck finds nothing in the scripts (where it is installed)', () => {
  const args = [
    '--external-sources',
    '--source-path=SCRIPTDIR',
    ...scripts.map((name) => `${folder}/${name}`),
  ]
  expect(spawnSync('shellcheck', args, { encoding: 'utf8' }).stdout).toBe('')
})

test('the Jenkinsfile runs every stage of run.sh, and nothing that does not exist', () => {
  const stages = /set -- (.+)$/m.exec(read(`${folder}/run.sh`))?.[1]?.split(' ')
  expect(stages).toHaveLength(5)
  expect([...jenkinsfile.matchAll(/sh deploy\/pipeline\/([\w-]+)\.sh/g)].map(([, name]) => name)).toEqual(
    stages,
  )
  expect(jenkinsfile).toContain("yamlFile 'deploy/pipeline/agent.yaml'")
  const containers = all(jenkinsfile, /container\((?:name: )?'(\w+)'/g)
  expect(containers).toEqual(all(agent, /^ {4}- name: (\w+)$/gm))
})

test('the Jenkinsfile passes parameters that it declares to variables that the scripts read', () => {
  const declared = all(jenkinsfile, /\b(?:string|choice|booleanParam)\(name: '(\w+)'/g)
  expect(all(jenkinsfile, /params\.(\w+)/g)).toEqual(declared)
  const passed = all(
    jenkinsfile,
    /^ {4}([A-Z_]+) = |env\.([A-Z_]+) = |(?:username|password)Variable: '([A-Z_]+)'/gm,
  )
  const known = new Set(table('Parameters').map(([name]) => name))
  expect(passed.filter((name) => !known.has(name))).toEqual([])
})

test('docs/pipeline.md lists the variables that the scripts check, and every end with its status', () => {
  const checked = all(sources, /\bparameter (\w+) ['"]/g)
  const secret = all(sources, /^\s*secret (\w+)$/gm).flatMap((name) => [name, `${name}_FILE`])
  const known = table('Parameters').map(([name]) => name)
  expect([...checked, ...secret].filter((name) => !known.includes(name))).toEqual([])
  expect(known.filter((name) => !new RegExp(`\\b${name.replace('_FILE', '')}\\b`).test(sources))).toEqual([])

  const ends = [...sources.matchAll(/^ {4}([A-Z_]+)\) exit (\d+) ;;$/gm)].map(([, name, code]) => [
    name,
    code,
  ])
  expect(new Map(table('How a stage ends'))).toEqual(new Map(ends as [string, string][]))
  expect(all(sources, /\bend ([A-Z_]+) ['"]/g).filter((name) => !ends.some(([end]) => end === name))).toEqual(
    [],
  )
})

test('no password is in the pipeline, no user in a URL, and TLS is relaxed for what is named alone', () => {
  const texts = { jenkinsfile, agent, sources }
  for (const [name, text] of Object.entries(texts)) {
    expect(all(text, /(https?:\/\/[^\s/'"]*@[^\s'"*]+)/g), name).toEqual([])
    expect(all(text, /((?:password|token|secret)\s*[=:]\s*['"][^'"$]+['"])/gi), name).toEqual([])
    expect(
      all(
        text,
        /(--(?:dest-|src-)?creds\b|--password\b|--insecure\b(?!-registry)|--skip-tls-verify\b(?!-))/g,
      ),
      name,
    ).toEqual([])
  }
})

test('every image of the agent has a version and a digest', () => {
  const images = all(agent, /^ +image: (.*)$/gm)
  expect(images.length).toBe(5)
  for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d[\w.-]+@sha256:[0-9a-f]{64}$/)
})
