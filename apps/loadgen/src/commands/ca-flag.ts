import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { flag } from './flag.ts'
import { InputProblem } from '../problems/input-problem.ts'

/** The flag of every command that makes TLS connections. */
export const caFlag = {
  ca: flag.text(
    'FILE',
    'certificates (PEM) of authorities to trust beside those that Node knows, for target, pages and Prometheus',
  ),
} as const

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @returns the certificates in the file, each as PEM @throws InputProblem */
export function certificatesOf(file: string | undefined): string[] {
  if (file === undefined) return []
  const what = `--ca ${file}`
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new InputProblem(
      what,
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      error,
    )
  }
  const certificates = text.match(CERTIFICATE)
  if (certificates === null)
    throw new InputProblem(what, 'holds no certificate in PEM ("-----BEGIN CERTIFICATE-----")')
  for (const [index, certificate] of certificates.entries())
    try {
      new X509Certificate(certificate)
    } catch (error) {
      throw new InputProblem(what, `certificate ${index + 1} cannot be read`, error)
    }
  return certificates
}
