// npx pnpm run doctor: command-line.ts has its flags, and docs/pitfalls.md the pitfalls that it looks for.
import { examine, type Finding } from './check.ts'
import { checks } from './checks/checks.ts'
import { ClusterUnreachable } from './cluster.ts'
import { readCommandLine, usage, UsageProblem, type Wish } from './command-line.ts'
import { workingFolder } from './env.ts'
import { withKubectl } from './kubectl-proxy.ts'
import { readCluster } from './live-tree.ts'
import { UnreadableFile } from './manifest.ts'
import { readRendered, UnusablePath } from './rendered-tree.ts'
import { printed, type Report } from './report.ts'
import type { Tree } from './tree.ts'

/** Exit codes; 64 and 69 are those of sysexits.h. */
const EXIT = { clean: 0, findings: 1, usage: 64, unreachable: 69 }

async function reportOf(trees: readonly Tree[], sources: readonly string[]): Promise<Report> {
  const findings = (await Promise.all(trees.map((tree) => examine(tree, checks)))).flat()
  const keyOf = ({ check, object, field, place }: Finding): string => [check, object, field, place].join('\n')
  return {
    // A finding in an object that several trees share occurs in each of them; it is kept once.
    findings: [...new Map(findings.map((each) => [keyOf(each), each])).values()].sort(byCheck),
    examined: {
      objects: new Set(trees.flatMap(({ manifests }) => manifests)).size,
      files: new Set(trees.flatMap(({ files }) => files)).size,
    },
    // Checks add what they could not read from a cluster, so this comes last.
    unread: [...sources, ...trees.flatMap(({ cluster }) => cluster?.unread ?? [])],
  }
}

const ids = checks.map(({ id }) => id)
const byCheck = (a: Finding, b: Finding): number => ids.indexOf(a.check) - ids.indexOf(b.check)

async function examined(wish: Exclude<Wish, { mode: 'help' }>): Promise<Report> {
  if (wish.mode === 'cluster')
    return withKubectl(wish.options, async (cluster) => reportOf([await readCluster(cluster)], []))
  const trees = await readRendered(wish.paths)
  const sources = trees[0]?.unrendered.map((path) => `${path}: kustomize’s source; give what it renders`)
  return reportOf(trees, sources ?? [])
}

async function main(): Promise<number> {
  const wish = readCommandLine(process.argv.slice(2))
  if (wish.mode === 'help') {
    console.log(usage)
    return EXIT.clean
  }
  const report = await examined(wish)
  console.log(wish.json ? JSON.stringify(report, null, 2) : printed(report))
  return report.findings.length > 0 ? EXIT.findings : EXIT.clean
}

// Paths are relative to the folder in which the command was typed, and are printed as they were typed.
process.chdir(workingFolder)
try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof UsageProblem) {
    console.error(`✗ ${error.message}\n\n${usage}`)
    process.exitCode = EXIT.usage
  } else if (error instanceof UnusablePath || error instanceof UnreadableFile) {
    console.error(`✗ ${error.message}`)
    process.exitCode = EXIT.usage
  } else if (error instanceof ClusterUnreachable) {
    console.error(`✗ The cluster cannot be read: ${error.message}`)
    process.exitCode = EXIT.unreachable
  } else throw error
}
