import { ensureGoProgram } from '../cluster/go.ts'

/** Builds `kustomize` on first use, in about 100 s of processor time. @returns the folder with the program */
export function ensureKustomize(): string {
  const module = 'sigs.k8s.io/kustomize/kustomize/v5'
  return ensureGoProgram({ name: 'kustomize', module, version: 'v5.8.1', path: '.' })
}
