import { endings } from './recorded-endings.ts'
import { errors } from './recorded-errors.ts'
import { refusals } from './recorded-refusals.ts'
import type { RecordedBehaviour } from './recorded-server.ts'
import { texts } from './recorded-texts.ts'

/**
 * What model servers were seen to send, and what must come of it, in the API and in the load tester alike. A new oddity
 * is a row in one of these lists.
 */
export const recordedBehaviours: readonly RecordedBehaviour[] = [...endings, ...errors, ...refusals, ...texts]
