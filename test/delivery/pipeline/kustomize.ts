import { ensureGoProgram } from '../cluster/go.ts'

/** Folder with the program `kustomize` (some 100 s of processor time, once). */
export function ensureKustomize(): string {
  const module = 'sigs.k8s.io/kustomize/kustomize/v5'
  return ensureGoProgram({ name: 'kustomize', module, version: 'v5.8.1', path: '.' })
}
