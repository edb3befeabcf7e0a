import { analyse, drawReport, type Run } from '@slicechat/report'

// Thousands of histograms of a long run take seconds to read: the page must not wait for them.
addEventListener('message', ({ data }: MessageEvent<readonly Run[]>) => {
  postMessage(drawReport(data.map((run) => ({ run, analysis: analyse(run) }))))
})
