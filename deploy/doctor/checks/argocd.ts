import { parse } from 'yaml'
import type { Check, Hit } from '../check.ts'
import type { Manifest } from '../manifest.ts'
import { ofKind, type Tree } from '../tree.ts'
import { type Key, list, strings, text, texts } from '../value.ts'

const WITH_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/:@"']+:[^\s/@"']+@/i

const urlPassword: Check = {
  id: 'url-password',
  symptom:
    'Argo CD says “authentication required”, and the password can be read in git and in the page of the Application.',
  cause:
    'The password stands in the URL. Argo CD looks a repository’s Secret up by its URL, and one with a password in it equals no other.',
  fix: 'Leave user and password out of the URL, and put them into the repository Secret as `username` and `password`.',
  *find(tree) {
    for (const manifest of tree.manifests)
      for (const [path, value] of strings(manifest.value)) {
        if (isCopy(path)) continue
        const scheme = WITH_PASSWORD.exec(value)?.[1]
        // A variable in place of the password is filled in later, so that no file contains the password.
        if (scheme !== undefined && !/:\/\/[^@\s]*\$[({A-Z]/.test(value))
          yield { in: manifest, path, detail: `a URL here begins with ${scheme}USER:PASSWORD@` }
      }
  },
}

/**
 * Whether a path leads into a copy: kubectl keeps the applied manifest in an annotation, and status repeats the spec.
 */
const isCopy = (path: readonly Key[]): boolean =>
  path[0] === 'status' || path.includes('kubectl.kubernetes.io/last-applied-configuration')

/** A field of a Secret, from `stringData` or from `data`. */
function secretText(secret: Manifest, key: string): string | undefined {
  const encoded = text(secret.value, 'data', key)
  return (
    text(secret.value, 'stringData', key) ??
    (encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8'))
  )
}

const SECRET_TYPE = 'argocd.argoproj.io/secret-type'

/** A URL as Argo CD compares it: case and `.git` at the end do not count, everything else does. */
const normalized = (url: string): string =>
  url
    .trim()
    .toLowerCase()
    .replace(/\.git$/, '')
/** What all spellings of one repository's URL have in common. */
const loosely = (url: string): string =>
  normalized(url.replace(/\/+$/, ''))
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^/@]*@/, '')

function* sources(application: Manifest): Iterable<{ path: Key[]; url: string }> {
  const single = text(application.value, 'spec', 'source', 'repoURL')
  if (single !== undefined) yield { path: ['spec', 'source', 'repoURL'], url: single }
  for (const [index, source] of list(application.value, 'spec', 'sources').entries()) {
    const url = text(source, 'repoURL')
    if (url !== undefined) yield { path: ['spec', 'sources', index, 'repoURL'], url }
  }
}

const repositoryUrl: Check = {
  id: 'repository-url',
  symptom:
    'The Application stays Unknown: “authentication required”, “repository not found” or “not permitted in project”.',
  cause:
    'The repository Secret’s `url` is not the Application’s `repoURL`, so its credentials are never used, or the AppProject does not list it. Plain HTTP is no reason: `insecure` only leaves checks of TLS out.',
  fix: 'Write the same URL, without user and password, into `repoURL`, the Secret’s `url` and the AppProject’s `sourceRepos`.',
  *find(tree) {
    const secrets = ofKind(tree, 'Secret').filter(({ labels }) => labels[SECRET_TYPE] === 'repository')
    const prefixes = ofKind(tree, 'Secret').filter(({ labels }) => labels[SECRET_TYPE] === 'repo-creds')
    for (const application of ofKind(tree, 'Application')) {
      const failed = list(application.value, 'status', 'conditions').map(
        (each) => text(each, 'message') ?? '',
      )
      const refused = failed.find((each) => /authentication required|repository not found/i.test(each))
      for (const { path, url } of sources(application)) {
        const same = secrets.some((each) => normalized(secretText(each, 'url') ?? '') === normalized(url))
        const prefixed = prefixes.some((each) => url.startsWith(secretText(each, 'url') ?? '\0'))
        const near = secrets.find((each) => loosely(secretText(each, 'url') ?? '') === loosely(url))
        if (!same && !prefixed && near !== undefined)
          yield { in: application, path, detail: `it differs from the url of Secret ${near.name}` }
        else if (refused !== undefined)
          yield { in: application, path, detail: `Argo CD was refused: ${withoutSecrets(refused)}` }
        yield* notPermitted(application, path, url, tree)
      }
    }
  },
}

const withoutSecrets = (message: string): string => message.replace(/:\/\/[^/@\s]*@/g, '://')

function* notPermitted(application: Manifest, path: readonly Key[], url: string, tree: Tree): Iterable<Hit> {
  const name = text(application.value, 'spec', 'project')
  const project = ofKind(tree, 'AppProject').find((each) => each.name === name)
  if (project === undefined) return
  const allowed = texts(project.value, 'spec', 'sourceRepos')
  if (!allowed.some((pattern) => glob(normalized(pattern), normalized(url))))
    yield { in: application, path, detail: `AppProject ${project.name} does not list it in sourceRepos` }
}

function glob(pattern: string, value: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${escaped}$`).test(value)
}

const BY_HAND = ['Endpoints', 'EndpointSlice']

const exclusions: Check = {
  id: 'argocd-exclusions',
  symptom:
    'The Application is Synced and Healthy, and the EndpointSlice does not exist: the Service leads nowhere.',
  cause:
    'Argo CD leaves Endpoints and EndpointSlice out since 3.0 (`resource.exclusions`): what it leaves out is never applied, and only a warning says so.',
  fix: 'Set `resource.exclusions` in argocd-cm to a list without EndpointSlice, or use a gateway Deployment instead of the slice.',
  *find(tree) {
    const settings = ofKind(tree, 'ConfigMap').find(({ name }) => name === 'argocd-cm')
    const path = ['data', 'resource.exclusions']
    const warned = ofKind(tree, 'Application').flatMap((application) =>
      list(application.value, 'status', 'conditions').flatMap((condition, index) =>
        text(condition, 'type') === 'ExcludedResourceWarning' &&
        BY_HAND.some((kind) => text(condition, 'message')?.includes(kind))
          ? [{ application, index, message: text(condition, 'message') ?? '' }]
          : [],
      ),
    )
    for (const { application, index, message } of warned)
      yield { in: application, path: ['status', 'conditions', index], detail: `Argo CD says: ${message}` }
    if (tree.cluster !== undefined) return
    const [application] = ofKind(tree, 'Application')
    for (const slice of ofKind(tree, ...BY_HAND)) {
      if (settings === undefined) {
        if (application !== undefined)
          yield {
            in: slice,
            path: ['kind'],
            detail: `Application ${application.name} deploys, and no argocd-cm here takes ${slice.kind} out of resource.exclusions`,
          }
      } else if (excludes(settings, slice))
        yield { in: settings, path, detail: `${slice.kind} ${slice.namespace}/${slice.name} is not applied` }
    }
  },
}

/** Whether Argo CD excludes an object. Without the key, its default list applies, which contains both kinds. */
function excludes(settings: Manifest, { apiVersion, kind }: Manifest): boolean {
  const written = text(settings.value, 'data', 'resource.exclusions')
  if (written === undefined) return true
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
  let rules: unknown
  try {
    rules = parse(written)
  } catch {
    return false
  }
  return list(rules).some((rule) => {
    const groups = texts(rule, 'apiGroups')
    const kinds = texts(rule, 'kinds')
    return (
      (groups.length === 0 || groups.some((each) => glob(each, group))) &&
      (kinds.length === 0 || kinds.some((each) => each === '*' || each === kind))
    )
  })
}

const IGNORED = 'resource.customizations.ignoreResourceUpdates.discovery.k8s.io_EndpointSlice'

const ignoredUpdates: Check = {
  id: 'argocd-ignored-updates',
  symptom: 'Somebody edits the EndpointSlice in the cluster and Argo CD does not put it back.',
  cause: `Argo CD's installation ignores updates of slices (\`${IGNORED}\`), so it never looks again.`,
  fix: 'Remove that entry from argocd-cm, or set it to `jsonPointers: []`.',
  *find(tree) {
    const managed = ofKind(tree, 'EndpointSlice').some(
      ({ labels }) => !(text(labels, 'endpointslice.kubernetes.io/managed-by') ?? '').endsWith('.k8s.io'),
    )
    for (const settings of ofKind(tree, 'ConfigMap')) {
      if (settings.name !== 'argocd-cm' || !managed) continue
      const written = text(settings.value, 'data', IGNORED)
      if (written === undefined || !/jsonPointers|jqPathExpressions/.test(written)) continue
      let pointers: readonly unknown[]
      try {
        const rule: unknown = parse(written)
        pointers = [...list(rule, 'jsonPointers'), ...list(rule, 'jqPathExpressions')]
      } catch {
        continue
      }
      if (pointers.length > 0)
        yield {
          in: settings,
          path: ['data', IGNORED],
          detail: `changes of ${pointers.join(', ')} are not seen`,
        }
    }
  },
}

export const argocd = [urlPassword, repositoryUrl, exclusions, ignoredUpdates]
