import { parseArgs } from 'node:util'
import type { KubectlOptions } from './kubectl-proxy.ts'

/** What the command line asks for. */
export type Wish = { json: boolean } & (
  { mode: 'rendered'; paths: string[] } | { mode: 'cluster'; options: KubectlOptions } | { mode: 'help' }
)

/** A command line that cannot be understood. */
export class UsageProblem extends Error {
  declare private readonly brand: never
}

export const usage = `Looks for known pitfalls in rendered manifests or in a running cluster, and says how to mend them.

  npx pnpm run doctor --rendered FILE-OR-FOLDER… [--json]
  npx pnpm run doctor [--kubeconfig FILE] [--context NAME] [--namespace chat] [--json]

  --rendered     manifests (YAML, JSON), systemd units and scripts; a folder with all in it; - for standard input
  --kubeconfig   the cluster's; without it and without --rendered: the one that kubectl would use
  --context      a context of it
  --namespace    of the deployment (default chat)
  --json         findings as JSON

It only reads: a cluster through kubectl's proxy, which refuses all but GET. docs/pitfalls.md has every check.

Exit codes: 0 nothing found, 1 findings, 64 command line or file not understood, 69 no cluster.`

/** @throws {UsageProblem} */
export function readCommandLine(args: readonly string[]): Wish {
  const { values, positionals } = parsed(args)
  const json = values.json ?? false
  if (values.help) return { mode: 'help', json }
  const { kubeconfig, context, namespace, rendered } = values
  if (rendered === undefined) {
    const [stray] = positionals
    if (stray !== undefined) throw new UsageProblem(`${stray}: a file or folder needs --rendered before it`)
    if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace))
      throw new UsageProblem(`--namespace: ${namespace} is no name of a namespace`)
    const options: KubectlOptions = {
      namespace: namespace ?? 'chat',
      ...(kubeconfig === undefined ? {} : { kubeconfig: kubeconfig }),
      ...(context === undefined ? {} : { context }),
    }
    return { mode: 'cluster', options, json }
  }
  for (const [flag, value] of Object.entries({ kubeconfig, context, namespace }))
    if (value !== undefined) throw new UsageProblem(`--${flag} is for a cluster, --rendered for files`)
  return { mode: 'rendered', paths: [...rendered, ...positionals], json }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      // pnpm passes on the `--` that npm removes.
      args: args.filter((argument) => argument !== '--'),
      allowPositionals: true,
      options: {
        rendered: { type: 'string', multiple: true },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        namespace: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageProblem(error instanceof Error ? error.message : String(error))
  }
}
