import { ControlPlane } from '../cluster/control-plane.ts'
import { KubernetesNode } from '../cluster/node.ts'
import { Images } from './images.ts'
import { overlay, type OverlayName } from './overlay.ts'
import { provideVolume } from './volumes.ts'

/** The security contexts that Pod Security `restricted` requires of a pod and its container. */
const unprivileged = {
  pod: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  container: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}

/** A cluster of one node with a registry of our images. The parts of `kubernetes.test.ts` share one. */
export class Rehearsal implements AsyncDisposable {
  readonly cluster: ControlPlane
  readonly node: KubernetesNode
  readonly images: Images

  private constructor(cluster: ControlPlane, node: KubernetesNode, images: Images) {
    this.cluster = cluster
    this.node = node
    this.images = images
  }

  static async start(): Promise<Rehearsal> {
    const cluster = await ControlPlane.start()
    try {
      const node = await KubernetesNode.join(cluster)
      return new Rehearsal(cluster, node, await Images.prepare(cluster))
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Replaces the namespace `chat` and everything in it by an overlay, and waits until all of it is ready. */
  async deploy(name: OverlayName): Promise<void> {
    const { cluster } = this
    // Pods go first, since the namespace controller would look for them again only after half of their grace period.
    const all = ['--all', '--namespace=chat', '--cascade=foreground', '--timeout=200s']
    await cluster.kubectl(['delete', 'deployments', ...all])
    await cluster.kubectl(['delete', 'namespace', 'chat', '--ignore-not-found', '--timeout=200s'])
    await provideVolume(cluster)
    await cluster.apply(await overlay(this.images, name))
    await this.untilAvailable('chat')
  }

  /** Waits until each Deployment of a namespace is available. */
  async untilAvailable(namespace: string): Promise<void> {
    const all = ['deployment', '--all', `--namespace=${namespace}`, '--timeout=120s']
    await this.cluster.kubectl(['wait', '--for=condition=Available', ...all])
  }

  /** A pod that runs lines of JavaScript in one of our images. */
  pod(namespace: string, name: string, image: string, lines: string, labels: object = {}): object {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: unprivileged.pod,
        containers: [
          {
            name: 'node',
            image,
            command: ['node', '--input-type=module', '-e', lines],
            resources: { requests: { cpu: '10m' }, limits: { memory: '128Mi' } },
            securityContext: unprivileged.container,
          },
        ],
      },
    }
  }

  /** Runs lines of JavaScript in a running container. @returns their stdout @throws with their stderr if they fail */
  async inContainer(namespace: string, target: string, container: string, lines: string): Promise<string> {
    const where = [`--namespace=${namespace}`, target, `--container=${container}`]
    const out = await this.cluster.kubectl([
      'exec',
      ...where,
      '--',
      'node',
      '--input-type=module',
      '-e',
      lines,
    ])
    return out.trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]()
  }
}
