import { dpopProof, proofAlgorithm, type PublicJwk, thumbprintOf } from '../dpop-proof.ts'
import { toBase64url } from './base64url.ts'
import type { BffHost } from './options.ts'

/** The key that a session's tokens are bound to (RFC 9449), as it is sealed with them. */
export interface SessionKey {
  readonly x: string
  readonly y: string
  /** Private. */
  readonly d: string
}

const curve = { crv: 'P-256', kty: 'EC' } as const

export async function createSessionKey(): Promise<SessionKey> {
  const { privateKey } = await crypto.subtle.generateKey(proofAlgorithm, true, ['sign'])
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', privateKey)
  return { x, y, d }
}

/** What the provider binds the code to. RFC 9449 §10. */
export function keyThumbprint(key: SessionKey): Promise<string> {
  return thumbprintOf(publicPart(key))
}

/** What a proof is made for. */
export interface ProvedRequest {
  readonly method: string
  readonly url: string
  /** Absent: none goes with it. */
  readonly accessToken?: string
}

/** Proofs that a session's key is here, with what each server asks to be repeated in them. */
export class KeyProofs {
  readonly #host: Pick<BffHost, 'now' | 'randomBytes'>
  /** By origin: they are the server's, whichever session it tells of them. RFC 9449 §8. */
  readonly #nonces = new Map<string, string>()

  constructor(host: Pick<BffHost, 'now' | 'randomBytes'>) {
    this.#host = host
  }

  async proof(key: SessionKey, { method, url, accessToken }: ProvedRequest): Promise<string> {
    const publicJwk = publicPart(key)
    const privateKey = await crypto.subtle.importKey(
      'jwk',
      { ...publicJwk, d: key.d },
      proofAlgorithm,
      false,
      ['sign'],
    )
    return dpopProof(
      { privateKey, publicJwk },
      {
        method,
        url,
        id: toBase64url(this.#host.randomBytes(16)),
        now: this.#host.now(),
        accessToken,
        nonce: this.#nonces.get(new URL(url).origin),
      },
    )
  }

  /** Keep what a server hands out for the proofs to come. */
  hear(url: string, { headers }: Pick<Response, 'headers'>): void {
    const nonce = headers.get('dpop-nonce')
    if (nonce) this.#nonces.set(new URL(url).origin, nonce)
  }
}

function publicPart({ x, y }: SessionKey): PublicJwk {
  return { ...curve, x, y }
}
