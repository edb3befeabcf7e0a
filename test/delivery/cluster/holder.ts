// A control plane until this process ends. Prints one line of JSON when it answers.
import { ControlPlane } from './control-plane.ts'

const cluster = await ControlPlane.start()
console.log(JSON.stringify({ keeper: cluster.box.keeperPid, kubectl: cluster.kubectlForShells }))
setInterval(() => undefined, 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void cluster[Symbol.asyncDispose]().then(() => process.exit(0)))
