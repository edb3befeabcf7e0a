import type { Check } from '../check.ts'
import { argocd } from './argocd.ts'
import { imageChecks } from './images.ts'
import { lifecycle } from './lifecycle.ts'
import { live } from './live.ts'
import { monitoring } from './monitoring.ts'
import { podSecurityChecks } from './pod-security.ts'
import { policies } from './policies.ts'
import { routes } from './routes.ts'
import { scaling } from './scaling.ts'
import { scripts } from './scripts.ts'
import { services } from './services.ts'
import { tunnel } from './tunnel.ts'

/** All checks, in the order of docs/pitfalls.md. */
export const checks: readonly Check[] = [
  ...argocd,
  ...services,
  ...live,
  ...tunnel,
  ...monitoring,
  ...imageChecks,
  ...podSecurityChecks,
  ...lifecycle,
  ...policies,
  ...routes,
  ...scaling,
  ...scripts,
]
