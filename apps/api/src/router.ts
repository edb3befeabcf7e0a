import { access } from './routers/access.ts'
import { account } from './routers/account.ts'
import { admin } from './routers/admin.ts'
import { conversations } from './routers/conversations.ts'
import { generations } from './routers/generations.ts'
import { models } from './routers/models.ts'
import { runs } from './routers/runs.ts'
import { system } from './routers/system.ts'
import { router } from './trpc.ts'

export const appRouter = router({ access, account, admin, models, generations, conversations, runs, system })

/** The public contract of the API. Other packages import only this type. */
export type AppRouter = typeof appRouter
