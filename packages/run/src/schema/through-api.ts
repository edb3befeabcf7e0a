import type { Run } from './run.ts'

/** Whether a Slicechat API stood between client and model server, by whichever protocol it was asked. */
export const isThroughApi = ({ target }: Pick<Run, 'target'>): boolean =>
  target.kind === 'api' || target.throughApi === true
