import type { Slo } from '@slicechat/run'
import type { Scenario } from './scenario.ts'

/** The limits of a scenario, as a run keeps them. */
export const sloOf = ({ slo: { ttft, interToken, e2e } }: Pick<Scenario, 'slo'>): Slo => ({
  ...(ttft === undefined ? {} : { ttftMs: ttft }),
  ...(interToken === undefined ? {} : { interTokenMs: interToken }),
  ...(e2e === undefined ? {} : { e2eMs: e2e }),
})
