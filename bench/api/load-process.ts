// The process that sends the load, so that its CPU time is counted separately. It takes jobs from its parent,
// one at a time.
import { type LoadJob, runLoad } from './load.ts'

process.on('message', (job: LoadJob) => {
  void runLoad(job).then((result) => process.send?.(result))
})
process.once('disconnect', () => process.exit(0))
