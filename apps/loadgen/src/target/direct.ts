import { Agent, setGlobalDispatcher } from 'undici'

/**
 * Lets every fetch and WebSocket of this thread go straight to its server, where Node was told to use a proxy
 * (`NODE_USE_ENV_PROXY`): the load's own connections know none, and what is checked has to be what is measured.
 */
export const goDirect = (): void => setGlobalDispatcher(new Agent())
