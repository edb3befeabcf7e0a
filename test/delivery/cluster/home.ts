import { homedir } from 'node:os'
import { join } from 'node:path'

/** Folder for programs that are built once and for running clusters: `SLICECHAT_DELIVERY_HOME`, or one in the user's cache. */
export function deliveryHome(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['SLICECHAT_DELIVERY_HOME'] ??
    join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'slicechat-delivery')
  )
}
