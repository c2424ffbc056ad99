import { base64url, sha256 } from './base64url.ts'
import { createProvedSend, type ProvedSendOptions } from './send-with-proof.ts'

/** Tokens that are good only together with a key. DPoP, RFC 9449. */
export interface KeyBinding {
  /** What the provider binds the code to: the key's thumbprint. RFC 9449 §10. */
  thumbprint(): Promise<string>
  /** Send a request with a proof that the key is here, and once more where the server first hands out a nonce. */
  send(request: Request, options?: ProvedSendOptions): Promise<Response>
}

export interface BoundKey {
  readonly privateKey: CryptoKey
  readonly publicJwk: PublicJwk
}

export interface PublicJwk {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}

/** What the proofs need of the surroundings. */
export interface ProofHost {
  fetch(request: Request): Promise<Response>
  now(): number
  randomToken(): string
}

/** ES256. */
export const boundKeyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Proofs by one key, which is asked for when the first is needed. */
export function createKeyBinding(key: () => Promise<BoundKey>, host: ProofHost): KeyBinding {
  const send = createProvedSend({
    fetch: (request) => host.fetch(request),
    prove: async (request, { accessToken, nonce }) => {
      const { privateKey, publicJwk } = await key()
      const { origin, pathname } = new URL(request.url)
      const input = [
        { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk },
        {
          jti: host.randomToken(),
          htm: request.method,
          htu: origin + pathname,
          iat: Math.floor(host.now()),
          ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
          ...(nonce === undefined ? {} : { nonce }),
        },
      ]
        .map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))))
        .join('.')
      const bytes = new TextEncoder().encode(input)
      return `${input}.${base64url(await crypto.subtle.sign(boundKeyAlgorithm, privateKey, bytes))}`
    },
  })
  return {
    send,
    thumbprint: async () => {
      // RFC 7638 §3: the required members alone, in this order.
      const { crv, kty, x, y } = (await key()).publicJwk
      return sha256(JSON.stringify({ crv, kty, x, y }))
    },
  }
}
