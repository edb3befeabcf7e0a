import { drawReport } from '@slicechat/report'
import type { Run } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'

// Reading thousands of histograms of a long run takes seconds. In a worker, the page does not wait for that.
addEventListener('message', ({ data }: MessageEvent<readonly Run[]>) => {
  postMessage(drawReport(data.map((run) => ({ run, analysis: analyse(run) }))))
})
