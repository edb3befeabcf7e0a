import { getCACertificates, setDefaultCACertificates } from 'node:tls'

const trusted = new Set<string>()

/**
 * Makes every TLS connection of this thread (load, WebSockets, metrics pages, Prometheus) trust these
 * certificate authorities, in addition to those that Node trusts by default.
 * @param certificates each as PEM
 */
export function trust(certificates: readonly string[]): void {
  const more = certificates.filter((certificate) => !trusted.has(certificate))
  if (more.length === 0) return
  for (const certificate of more) trusted.add(certificate)
  setDefaultCACertificates([...getCACertificates('default'), ...more])
}
