import { router } from '../trpc.ts'
import { adminPeople } from './admin-people.ts'
import { adminUsage } from './admin-usage.ts'

/** What admins do. */
export const admin = router({ ...adminPeople, ...adminUsage })
