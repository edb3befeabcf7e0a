/**
 * Returns a random UUID (version 4, RFC 9562), the form that the API requires of a `requestId`. `crypto.randomUUID` is
 * no option: browsers withhold it from pages that another machine served without TLS.
 */
export function createRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
