import { join } from 'node:path'
import { PageVisitor, PASSWORD, tokenOf } from '@slicechat/api/testing'
import { type Children, printedUrl } from '../children.ts'
import { root, startApi } from './routes.ts'

/** Somebody who asks for answers. */
export interface Caller {
  /** How the API knows who calls. */
  name: string
  url: string
  /** Process of the API. */
  pid: number
  /** Headers of calls and of upgrades. */
  headers: Record<string, string>
}

interface ApiOptions {
  target: string
  profile: string | undefined
  /** Folder of another checkout, whose API is called by nobody in particular. */
  against: string | undefined
}

/** Where the page of the API with accounts would be; nothing listens there. */
const PAGE = 'http://127.0.0.1:1'
const ENVIRONMENT_KEY = 'bench-0123456789abcdef'
const EMAIL = 'bench@example.com'
/** Limits that are checked at every start and never reached. */
const BUDGETS = {
  BUDGET_ANSWERS_AT_ONCE: '1000',
  BUDGET_REQUESTS_PER_MINUTE: '1000000',
  BUDGET_TOKENS_PER_DAY: '1000000000',
}

/**
 * Starts an API for each way to be known, so that none runs what another compiled: not at all, by a key of the environment,
 * by a personal key and by a session, the latter two with all budgets.
 */
export async function startCallers(
  children: Children,
  { target, profile, against }: ApiOptions,
): Promise<Caller[]> {
  const start = (name: string, env: Record<string, string>, checkout = root) =>
    startApi(children, { checkout, target, profile, folder: join(children.folder, name) }, env)
  const callers: Caller[] = [{ name: 'anybody', ...(await start('anybody', {})), headers: {} }]
  callers.push({
    name: 'key of the environment',
    ...(await start('environment', { API_KEYS: `bench:${ENVIRONMENT_KEY}`, ...BUDGETS })),
    headers: { authorization: `Bearer ${ENVIRONMENT_KEY}` },
  })
  for (const name of ['personal key', 'session']) {
    const api = await start(name, { AUTH: 'password', PUBLIC_URL: PAGE, ...BUDGETS })
    const person = new PageVisitor(api.url, PAGE)
    const token = tokenOf(await printedUrl(api.child, 'the API with accounts'))
    await person.mutate('access.acceptInvitation', { token, email: EMAIL, name: 'Bench', password: PASSWORD })
    await person.signIn(EMAIL, PASSWORD)
    const makeKey = (): Promise<{ key: string }> =>
      person.mutate('account.keys.create', { name: 'bench', scopes: ['chat'] })
    const headers: Record<string, string> =
      name === 'session' ? person.headers : { authorization: `Bearer ${(await makeKey()).key}` }
    callers.push({ name, ...api, headers })
  }
  if (against !== undefined)
    callers.push({ name: 'anybody, other API', ...(await start('other', {}, against)), headers: {} })
  return callers
}
