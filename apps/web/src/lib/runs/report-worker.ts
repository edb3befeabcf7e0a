import { analyse, drawReport, type Run } from '@slicechat/report'

// Reading thousands of histograms of a long run takes seconds. In a worker, the page does not wait for that.
addEventListener('message', ({ data }: MessageEvent<readonly Run[]>) => {
  postMessage(drawReport(data.map((run) => ({ run, analysis: analyse(run) }))))
})
