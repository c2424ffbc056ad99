/** A compact JWS taken apart (RFC 7515 §7.1). Nothing about it is verified. */
export interface CompactJws {
  readonly header: JwsHeader
  /** Header and payload as they were signed. */
  readonly signingInput: string
  readonly payload: string
  readonly signature: string
}

/** The members of a header that matter. Keys that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) are never read. */
export interface JwsHeader {
  readonly alg: string
  /** Absent: none, or none that is a text. */
  readonly kid: string | undefined
  /** In lower case and without `application/` (RFC 7515 §4.1.9). Empty: absent. */
  readonly typ: string
}

/** Longest header read, in characters of base64url: real ones have under 400. */
const longestHeader = 4096

/** Three parts of base64url. What has another form is not worth any work. */
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Take a token apart; `undefined` where it is no compact JWS that may be looked at. */
export function readCompactJws(token: string): CompactJws | undefined {
  if (!compactForm.test(token)) return undefined
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  const headerPart = token.slice(0, first)
  const payload = token.slice(first + 1, last)
  const signature = token.slice(last + 1)
  if (headerPart.length > longestHeader) return undefined
  if (!isCanonical(headerPart) || !isCanonical(payload) || !isCanonical(signature)) return undefined
  const header = readHeader(headerPart)
  return header && { header, signingInput: token.slice(0, last), payload, signature }
}

/** An object of JSON in base64url; `undefined` where it is none. */
export function readJsonPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytesOf(part)))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Headers read before. A provider's tokens have one for each key; what strangers send is soon forgotten. */
const readHeaders = new Map<string, JwsHeader>()
const mostHeaders = 64

function readHeader(part: string): JwsHeader | undefined {
  const known = readHeaders.get(part)
  if (known) return known
  const header = parseHeader(part)
  if (!header) return undefined
  if (readHeaders.size >= mostHeaders) readHeaders.clear()
  readHeaders.set(part, header)
  return header
}

function parseHeader(part: string): JwsHeader | undefined {
  const header = readJsonPart(part)
  if (!header) return undefined
  const { alg, kid, typ } = header
  // No extension is understood here, so each critical one is refused (RFC 7515 §4.1.11). `b64` is one (RFC 7797 §6).
  if (typeof alg !== 'string' || 'crit' in header) return undefined
  return {
    alg,
    kid: typeof kid === 'string' ? kid : undefined,
    typ: typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '',
  }
}

/**
 * Whether the unused bits of the last character are zero (RFC 4648 §3.5). Without this, one signed token could be spelt
 * in several ways, each of which would be remembered apart.
 */
export function isCanonical(part: string): boolean {
  const last = part.charAt(part.length - 1)
  switch (part.length % 4) {
    case 0:
      return true
    case 2:
      return 'AQgw'.includes(last)
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last)
    default:
      return false
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The bytes behind base64url that {@link readCompactJws} let through. */
function bytesOf(part: string): Uint8Array {
  // Node's own decoder is an order of magnitude cheaper; it would pass over foreign characters, but there are none here.
  if (typeof Buffer === 'function') return Buffer.from(part, 'base64url')
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}
