import { dpopProof, type PublicJwk, thumbprintOf } from './dpop-proof.ts'
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

/** What the proofs need of the surroundings. */
export interface ProofHost {
  fetch(request: Request): Promise<Response>
  now(): number
  randomToken(): string
}

export { proofAlgorithm as boundKeyAlgorithm } from './dpop-proof.ts'

/** Proofs by one key, which is asked for when the first is needed. */
export function createKeyBinding(key: () => Promise<BoundKey>, host: ProofHost): KeyBinding {
  const send = createProvedSend({
    fetch: (request) => host.fetch(request),
    prove: async (request, { accessToken, nonce }) => {
      const { method, url } = request
      const id = host.randomToken()
      return dpopProof(await key(), { method, url, id, now: host.now(), accessToken, nonce })
    },
  })
  return {
    send,
    thumbprint: async () => thumbprintOf((await key()).publicJwk),
  }
}
