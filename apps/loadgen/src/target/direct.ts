import { Agent, setGlobalDispatcher } from 'undici'

/**
 * Makes every fetch and WebSocket of this thread connect directly, even if Node is told to use a proxy
 * (`NODE_USE_ENV_PROXY`). The load's own connections use no proxy, so the checks before it must not use one either.
 */
export const goDirect = (): void => setGlobalDispatcher(new Agent())
