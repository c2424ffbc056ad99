import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { ClientError } from '../errors.ts'
import { digestOf } from './base64url.ts'
import type { BffSettings } from './options.ts'
import type { Provider } from './provider.ts'

/** Whose sessions a logout token ends. Back-Channel Logout §2.4. */
export interface LogoutOrder {
  readonly sid?: string
  readonly subject?: string
  /** On the provider's clock. */
  readonly issuedAt: number
  readonly id: string
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** How old a logout token may be, in seconds: providers try for a while. */
export const logoutTokenSeconds = 600

/** Signatures that anybody can check and only the provider can make. */
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]

/** Reads logout tokens of one provider, which come from anybody who can reach this app. */
export class LogoutTokens {
  readonly #settings: BffSettings
  readonly #provider: Provider
  #keys: { readonly uri: string; readonly get: JWTVerifyGetKey } | undefined

  constructor(settings: BffSettings, provider: Provider) {
    this.#settings = settings
    this.#provider = provider
  }

  /**
   * Judge a logout token. Back-Channel Logout §2.6. `undefined`: it is none for this app, or was used before.
   *
   * @throws ClientError `provider_unavailable` where the keys cannot be had now: the provider tries again
   */
  async verify(token: string): Promise<LogoutOrder | undefined> {
    const { issuer, clientId, host, vault, clockToleranceSeconds } = this.#settings
    const { server } = await this.#provider.discover()
    if (server.jwks_uri === undefined) return undefined
    const offered = server.id_token_signing_alg_values_supported
    const verified = await jwtVerify(token, this.#keysAt(server.jwks_uri), {
      issuer: server.issuer,
      audience: clientId,
      typ: 'logout+jwt',
      algorithms: algorithms.filter((name) => offered?.includes(name) ?? true),
      requiredClaims: ['iat', 'jti', 'events'],
      maxTokenAge: logoutTokenSeconds,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(host.now() * 1000),
    }).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    })
    if (!verified) return undefined
    const { events, nonce, sub, sid, jti, iat } = verified.payload
    if (!isLogoutEvent(events) || nonce !== undefined) return undefined
    if (typeof jti !== 'string' || jti === '' || typeof iat !== 'number') return undefined
    if (sid !== undefined && (typeof sid !== 'string' || sid === '')) return undefined
    if (sub !== undefined && (typeof sub !== 'string' || sub === '')) return undefined
    if (sid === undefined && sub === undefined) return undefined
    const id = await digestOf(`${issuer.href} ${jti}`)
    if ((await vault.get('used', `logout ${id}`)) !== undefined) return undefined
    return {
      ...(sid === undefined ? {} : { sid }),
      ...(sub === undefined ? {} : { subject: sub }),
      issuedAt: iat,
      id,
    }
  }

  /** When it has been carried out. A token whose sessions could not be ended may come again. */
  async markUsed({ id }: LogoutOrder): Promise<boolean> {
    const { vault, clockToleranceSeconds } = this.#settings
    const lifetime = logoutTokenSeconds + 2 * clockToleranceSeconds
    return vault.add('used', `logout ${id}`, true, lifetime)
  }

  #keysAt(uri: string): JWTVerifyGetKey {
    if (this.#keys?.uri === uri) return this.#keys.get
    const get = createRemoteJWKSet(new URL(uri), {
      [customFetch]: (address: string, init: object) => this.#provider.fetch(address, init),
    })
    this.#keys = {
      uri,
      get: async (header, token) => {
        try {
          return await get(header, token)
        } catch (cause) {
          if (cause instanceof ClientError) throw cause
          if (cause instanceof errors.JWKSNoMatchingKey) throw cause
          throw new ClientError('provider_unavailable', 'the keys of the provider cannot be had', {
            cause,
          })
        }
      },
    }
    return this.#keys.get
  }
}

function isLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, logoutEvent)) {
    return false
  }
  const event: unknown = Reflect.get(events, logoutEvent)
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}
