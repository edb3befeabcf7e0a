import { omitUndefined } from '@slicechat/contract'
import type { Slo } from '@slicechat/run'
import type { Scenario } from './scenario.ts'

/** The limits of a scenario, as a run keeps them. */
export const sloOf = ({ slo: { ttft, interToken, e2e } }: Pick<Scenario, 'slo'>): Slo =>
  omitUndefined({ ttftMs: ttft, interTokenMs: interToken, e2eMs: e2e })
