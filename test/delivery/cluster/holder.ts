// Runs a cluster of one node until this process ends. Prints one line of JSON when the cluster is ready.
import { ControlPlane } from './control-plane.ts'
import { KubernetesNode } from './node.ts'

const cluster = await ControlPlane.start()
await KubernetesNode.join(cluster)
console.log(JSON.stringify({ keeper: cluster.box.keeperPid, kubectl: cluster.kubectlForShells }))
setInterval(() => undefined, 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void cluster[Symbol.asyncDispose]().then(() => process.exit(0)))
