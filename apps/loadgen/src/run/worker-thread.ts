// The thread of a worker: gets its task on creation, reports that it is ready, and runs when it is told the zero.
import { parentPort, workerData } from 'node:worker_threads'
import { usesEnvProxy } from '../env.ts'
import { planOf } from '../scenario/plan-of.ts'
import { goDirect } from '../target/direct.ts'
import { openTarget } from '../target/open-target.ts'
import type { RequestRecord } from './request-record.ts'
import { runShard } from './shard.ts'
import { planShare } from './share.ts'
import type { WorkerCommand, WorkerTask, WorkerMessage } from './worker-messages.ts'

const port = parentPort
if (port === null) throw new Error('worker-thread.ts runs as a worker only')
const { scenario, directory, seed, target: options, share, records, watched } = workerData as WorkerTask
const post = (message: WorkerMessage): void => port.postMessage(message)

/** Records are sent in batches: a message between threads costs more than its contents. */
const BATCH = 100
let batch: RequestRecord[] = []
const flush = (): void => {
  if (batch.length > 0) post({ type: 'records', records: batch })
  batch = []
}

if (usesEnvProxy()) goDirect()
const plan = planShare(planOf(scenario, seed, { directory }), share)
const target = openTarget(options)
const stopping = new AbortController()
port.on('message', (command: WorkerCommand) => {
  if (command.type === 'stop') stopping.abort()
  else void run(command.zero)
})
post({ type: 'ready' })

async function run(zero: number): Promise<void> {
  const result = await runShard({
    scenario,
    plan,
    target,
    zero,
    signal: stopping.signal,
    onProgress: (progress) => {
      flush()
      post({ type: 'progress', progress })
    },
    watched,
    onSteady: (soFar) => post({ type: 'steady', soFar }),
    onRequest: (record) => {
      if (records && batch.push(record) >= BATCH) flush()
    },
  })
  await target.close()
  flush()
  post({ type: 'result', result })
}
