import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rehearsal } from './rehearsal.ts'

/** Records when pods appear and become ready, in milliseconds, since Kubernetes itself stores only whole seconds. */
export class PodWatch implements Disposable {
  readonly #cluster: Rehearsal['cluster']
  readonly #namespace: string
  readonly #kubectl: ChildProcess
  readonly #added = new Map<string, number>()
  readonly #ready = new Map<string, number>()

  constructor({ cluster }: Rehearsal, namespace: string) {
    this.#cluster = cluster
    this.#namespace = namespace
    const shown = '{.object.metadata.name} {.object.status.conditions[?(@.type=="Ready")].status}{"\\n"}'
    const watch = ['get', 'pods', `--namespace=${namespace}`, '--watch', '--output-watch-events']
    const kubectl = cluster.box.spawn('node', [
      ...cluster.kubectlCommand,
      ...watch,
      `--output=jsonpath=${shown}`,
    ])
    this.#kubectl = kubectl
    createInterface({ input: kubectl.stdout }).on('line', (line) => {
      const [name = '', ready] = line.split(' ')
      if (!this.#added.has(name)) this.#added.set(name, performance.now())
      if (ready === 'True' && !this.#ready.has(name)) this.#ready.set(name, performance.now())
    })
  }

  /** The time from appearance to readiness of a selector's only pod, which must have appeared after this watch began. */
  async startOf(selector: string): Promise<string> {
    const name = '--output=jsonpath={.items[0].metadata.name}'
    const pod = await this.#cluster.kubectl(['get', 'pod', selector, `--namespace=${this.#namespace}`, name])
    for (;;) {
      const [added, ready] = [this.#added.get(pod), this.#ready.get(pod)]
      if (added !== undefined && ready !== undefined)
        return `${((ready - added) / 1000).toFixed(1)} s from creation to readiness`
      await sleep(50)
    }
  }

  [Symbol.dispose](): void {
    // nsenter forwards no signal. kubectl ends when nobody reads its output, or with the box.
    this.#kubectl.stdout?.destroy()
    this.#kubectl.kill('SIGKILL')
  }
}
