import { getCACertificates, setDefaultCACertificates } from 'node:tls'

const trusted = new Set<string>()

/**
 * Lets every TLS connection of this thread (load, sockets, metrics pages, Prometheus) accept what these authorities have
 * signed, beside those that Node trusts anyway.
 * @param certificates each as PEM
 */
export function trust(certificates: readonly string[]): void {
  const more = certificates.filter((certificate) => !trusted.has(certificate))
  if (more.length === 0) return
  for (const certificate of more) trusted.add(certificate)
  setDefaultCACertificates([...getCACertificates('default'), ...more])
}
