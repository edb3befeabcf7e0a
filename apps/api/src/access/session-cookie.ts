import { createHmac, timingSafeEqual } from 'node:crypto'

/** Bytes of an HMAC with SHA-256. */
const SIGNATURE_BYTES = 32

/** The value of a cookie in a `Cookie` header. */
function valueOf(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return undefined
}

/**
 * The session token in a `Cookie` header, if its signature is ours. better-auth writes the cookie, as the token, a dot and the
 * HMAC of the token in base64, all encoded for a URL; a test compares the two.
 */
export function sessionTokenOf(header: string | undefined, name: string, secret: string): string | undefined {
  const value = header === undefined ? undefined : valueOf(header, name)
  if (value === undefined) return undefined
  let decoded: string
  try {
    decoded = decodeURIComponent(value)
  } catch {
    return undefined
  }
  const dot = decoded.lastIndexOf('.')
  if (dot < 1) return undefined
  const token = decoded.slice(0, dot)
  const given = Buffer.from(decoded.slice(dot + 1), 'base64')
  if (given.length !== SIGNATURE_BYTES) return undefined
  return timingSafeEqual(given, createHmac('sha256', secret).update(token).digest()) ? token : undefined
}
