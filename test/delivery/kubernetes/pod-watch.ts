import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rehearsal } from './rehearsal.ts'

/** When pods came and became ready, in milliseconds: Kubernetes itself writes down whole seconds. */
export class PodWatch implements Disposable {
  readonly #kubectl: ChildProcess
  readonly #added = new Map<string, number>()
  readonly #ready = new Map<string, number>()

  constructor({ cluster }: Rehearsal, namespace: string) {
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

  /** From a pod's appearance to its readiness. Pods that were there before the watch have no meaning here. */
  async startMs(pod: string): Promise<number> {
    for (;;) {
      const [added, ready] = [this.#added.get(pod), this.#ready.get(pod)]
      if (added !== undefined && ready !== undefined) return ready - added
      await sleep(50)
    }
  }

  [Symbol.dispose](): void {
    // nsenter passes no signal on; kubectl ends when nobody reads what it writes, or with the box.
    this.#kubectl.stdout?.destroy()
    this.#kubectl.kill('SIGKILL')
  }
}
