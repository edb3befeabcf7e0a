import type { Check } from '../check.ts'
import { ofKind } from '../tree.ts'
import { list, text } from '../value.ts'

const routeTimeout: Check = {
  id: 'route-timeout',
  symptom: 'Every answer that takes longer than 15 s breaks off, through the gateway only.',
  cause: 'Envoy ends a request after 15 s unless the route says otherwise, and an answer is one request.',
  fix: 'Set `timeouts: {request: 0s}` on the rule: no time-out. The API has its own for silence.',
  *find(tree) {
    for (const route of ofKind(tree, 'HTTPRoute'))
      for (const [index, rule] of list(route.value, 'spec', 'rules').entries()) {
        if (list(rule, 'backendRefs').length === 0) continue
        for (const field of ['request', 'backendRequest']) {
          const timeout = text(rule, 'timeouts', field)
          if (timeout === undefined ? field === 'backendRequest' : /^0+(h|m|s|ms)?$/.test(timeout)) continue
          yield {
            in: route,
            path: ['spec', 'rules', index, 'timeouts', field],
            detail:
              timeout === undefined ? 'the gateway’s own time-out stands' : `answers end after ${timeout}`,
          }
        }
      }
  },
}

const ingressNginx: Check = {
  id: 'ingress-nginx',
  symptom:
    'The ingress controller gets no more security updates; answers arrive all at once, or end after 60 s.',
  cause:
    'ingress-nginx was retired in March 2026. Its defaults buffer answers and end silent ones after 60 s.',
  fix: 'Use a Gateway and the HTTPRoute of `deploy/routes`.',
  *find(tree) {
    for (const ingress of ofKind(tree, 'Ingress')) {
      const annotated = Object.keys(ingress.annotations).some((key) =>
        key.startsWith('nginx.ingress.kubernetes.io/'),
      )
      const named = text(ingress.annotations, 'kubernetes.io/ingress.class') === 'nginx'
      if (text(ingress.value, 'spec', 'ingressClassName') === 'nginx' || annotated || named)
        yield { in: ingress, path: ['spec', 'ingressClassName'], detail: 'it is for ingress-nginx' }
    }
  },
}

export const routes = [routeTimeout, ingressNginx]
