import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { examine, type Finding } from './check.ts'
import { checks } from './checks/checks.ts'
import { readRendered } from './rendered-tree.ts'

const folder = new URL('fixtures/', import.meta.url)
const fixtures = readdirSync(folder).flatMap((check) =>
  readdirSync(new URL(check, folder)).map((file) => ({
    check,
    file,
    path: `deploy/doctor/fixtures/${check}/${file}`,
  })),
)
const withFault = fixtures.filter(({ file }) => file.startsWith('fault'))
const right = fixtures.filter(({ file }) => file.startsWith('right'))

async function found(...paths: string[]): Promise<Finding[]> {
  const trees = await readRendered(paths)
  return (await Promise.all(trees.map((tree) => examine(tree, checks)))).flat()
}

/** Lines with a fault: those that end in `# fault`, and those after a line with nothing else. */
function marked(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '# fault') return [`${path}:${index + 2}`]
      return line.endsWith('# fault') ? [`${path}:${index + 1}`] : []
    })
}

test('every check that needs no cluster has a fixture with its fault and one that is right', () => {
  const names = checks.filter(({ live }) => live !== true).map(({ id }) => id)
  expect([...new Set(withFault.map(({ check }) => check))].sort()).toEqual([...names].sort())
  expect([...new Set(right.map(({ check }) => check))].sort()).toEqual([...names].sort())
})

describe('a check', () => {
  test.each(withFault)(
    '$check finds its faults in $file at their lines, and no other check does',
    async ({ check, path }) => {
      const findings = await found(path)
      expect([...new Set(findings.map((each) => each.check))]).toEqual([check])
      expect(marked(path)).not.toEqual([])
      expect([...new Set(findings.map(({ place }) => place))].sort()).toEqual(marked(path).sort())
    },
  )

  test.each(right)('none finds anything in the right $check/$file', async ({ path }) => {
    expect(await found(path)).toEqual([])
  })
})

test('none finds anything in our own manifests, units and scripts', async () => {
  expect(await found('deploy', ...(existsSync('Jenkinsfile') ? ['Jenkinsfile'] : []))).toEqual([])
})

test.each([
  { path: 'deploy/no-such', says: 'no such file or folder' },
  { path: 'tsconfig.json', says: 'nothing to examine' },
  { path: 'deploy/base', says: 'not a rendered tree' },
])('$path is refused: $says', async ({ path, says }) => {
  await expect(readRendered([path])).rejects.toThrow(says)
})
