import { ClientError } from '../errors.ts'
import { base64url, sha256 } from './base64url.ts'
import { type Database, indexedDatabase } from './database.ts'
import type { KeyBindingFactory } from './key-binding.ts'

export interface DpopOptions {
  /** Default: IndexedDB of this origin. */
  readonly database?: Database
}

interface BoundKey {
  readonly privateKey: CryptoKey
  readonly publicJwk: {
    readonly crv: string
    readonly kty: string
    readonly x: string
    readonly y: string
  }
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * Bind tokens to a key that cannot leave this browser (DPoP, RFC 9449): a token that is stolen alone opens nothing. The
 * key is made once for this client, kept in IndexedDB, and shared by its tabs, so that the binding outlasts reloads,
 * step-ups and refreshes.
 */
export function dpop({ database = indexedDatabase() }: DpopOptions = {}): KeyBindingFactory {
  return ({ issuer, clientId, host }) => {
    const nonces = new Map<string, string>()
    let loading: Promise<BoundKey> | undefined
    const key = (): Promise<BoundKey> => {
      loading ??= boundKey(database, `dpop:${issuer.href} ${clientId}`).catch((cause: unknown) => {
        loading = undefined
        throw new ClientError('storage_unavailable', 'the browser keeps no key', { cause })
      })
      return loading
    }
    const proof = async (request: Request, accessToken: string | undefined): Promise<string> => {
      const { privateKey, publicJwk } = await key()
      const { origin, pathname } = new URL(request.url)
      const nonce = nonces.get(origin)
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
      const signature = await crypto.subtle.sign(
        algorithm,
        privateKey,
        new TextEncoder().encode(input),
      )
      return `${input}.${base64url(signature)}`
    }
    return {
      thumbprint: async () => {
        // RFC 7638 §3: the required members alone, in this order.
        const { crv, kty, x, y } = (await key()).publicJwk
        return sha256(JSON.stringify({ crv, kty, x, y }))
      },
      send: async (request, { accessToken, replayable = true } = {}) => {
        const { origin } = new URL(request.url)
        const again = replayable ? request.clone() : undefined
        const before = nonces.get(origin)
        const sent = async (attempt: Request) => {
          attempt.headers.set('dpop', await proof(attempt, accessToken))
          const response = await host.fetch(attempt)
          const nonce = response.headers.get('dpop-nonce')
          // A redirect may have ended elsewhere, whose nonce is not for here.
          if (nonce && new URL(response.url || attempt.url).origin === origin) {
            nonces.set(origin, nonce)
          }
          return response
        }
        const response = await sent(request)
        const fresh = nonces.get(origin) !== before
        return again && fresh && (await asksForNonce(response)) ? sent(again) : response
      },
    }
  }
}

async function boundKey(database: Database, name: string): Promise<BoundKey> {
  const kept = await database.get(name)
  if (isBoundKey(kept)) return kept
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign'])
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  const made: BoundKey = { privateKey, publicJwk: { crv, kty, x, y } }
  // Another tab may have been faster: its key is the one.
  const chosen = await database.getOrSet(name, made)
  return isBoundKey(chosen) ? chosen : made
}

function isBoundKey(value: unknown): value is BoundKey {
  return typeof value === 'object' && value !== null && 'privateKey' in value
}

/** RFC 9449 §8 at the token endpoint, §9 at an API; there the browser may withhold the reason and show the nonce. */
async function asksForNonce(response: Response): Promise<boolean> {
  if (response.status === 401) {
    return response.headers.get('www-authenticate')?.includes('use_dpop_nonce') ?? true
  }
  if (response.status !== 400) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return (
    typeof body === 'object' && body !== null && 'error' in body && body.error === 'use_dpop_nonce'
  )
}
