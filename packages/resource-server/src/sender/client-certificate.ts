/** A request of which the client's certificate is asked. */
export interface CertificateRequest {
  /** The value of a header as received, by its name in lower case. Several: it was repeated. Absent: it is not there. */
  readonly header: (name: string) => string | readonly string[] | undefined
  /** What stands for the request in its framework: Node's `IncomingMessage`, a fetch `Request`, Hono's context. */
  readonly native: unknown
}

/**
 * Reads the certificate that the client of one request presented, as DER. `undefined`: none, or none that can be told; a
 * token that is bound to one is then refused. What it says is believed.
 */
export type ReadCertificate = (request: CertificateRequest) => Uint8Array | undefined

/**
 * How a proxy writes a certificate into a header.
 *
 * - `rfc9440`: a byte sequence, `:MIIB…:`, as `Client-Cert` (RFC 9440 §2.2).
 * - `pem`: PEM, percent-encoded as nginx's `$ssl_client_escaped_cert`, or with spaces for line ends as Apache writes it.
 * - `base64`: the DER in base64, without anything around it, as HAProxy's `ssl_c_der,base64`.
 */
export type CertificateForm = 'rfc9440' | 'pem' | 'base64'

/** Longest header value read, in characters. */
const longestValue = 16_384

/**
 * A reader for the header of a proxy in which TLS ends. The proxy must set this header on every request, and so replace or
 * remove what the client sent under its name: whoever can reach the API past the proxy can claim any certificate.
 *
 * @param name Of the header, as `Client-Cert`.
 */
export function certificateFromHeader(name: string, form: CertificateForm): ReadCertificate {
  const lowerName = name.toLowerCase()
  const read = forms[form]
  return ({ header }) => {
    const value = header(lowerName)
    // Of two, one is not the proxy's. Where a runtime joins them, the comma is in no form.
    const text = typeof value === 'object' && value.length === 1 ? value[0] : value
    if (typeof text !== 'string' || text.length > longestValue) return undefined
    const encoded = read(text)
    return encoded === undefined ? undefined : bytesOf(encoded)
  }
}

/** The base64 within each form. */
const forms: Readonly<Record<CertificateForm, (text: string) => string | undefined>> = {
  rfc9440: (text) => /^:([^:]+):$/.exec(text)?.[1],
  pem: (text) => pemBody.exec(unescaped(text))?.[1]?.replaceAll(/\s/g, ''),
  base64: (text) => text,
}

const pemBody = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

function bytesOf(encoded: string): Uint8Array | undefined {
  if (!base64.test(encoded) || encoded.length % 4 !== 0) return undefined
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
}
