import { router } from '../trpc.ts'
import { adminPeople } from './admin-people.ts'

/** What admins do. */
export const admin = router({ ...adminPeople })
