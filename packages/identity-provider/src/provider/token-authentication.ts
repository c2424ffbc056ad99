import {
  type AuthenticationRecord,
  type EpochSeconds,
  type Levels,
  oneShotTokenSeconds as oneShotSeconds,
} from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import { authenticationFromClaims, claimsFromAuthentication } from '@newel/protocol'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { readRecord, standingRecord } from '../session/session-record.ts'
import {
  type SettledAuthentication,
  settleAuthentication,
} from '../session/settled-authentication.ts'
import type { Store } from '../store/index.ts'
import { isMarkedOneShot } from './one-shot-mark.ts'

/** A code, refresh token or approved device code, as far as its authentication goes. */
interface GrantSource {
  acr?: string | undefined
  amr?: string[] | undefined
  authTime?: number | undefined
  accountId?: string | undefined
  sessionUid?: string | undefined
  claims?: unknown
  iat?: number | undefined
  iiat?: number | undefined
}

/** What the tokens of one response state of the authentication: one answer for all of them. */
export interface TokenAuthentication {
  /**
   * Settles it for the code or refresh token in hand, and writes it there, from where the library takes the claims of
   * the ID token and of the next refresh token. Without either (client credentials): nothing.
   */
  settle(ctx: KoaContextWithOIDC): Promise<void>
  /** The claims of an access token. A custom claim can never stand in for one of these. */
  claims(ctx: KoaContextWithOIDC): Record<string, unknown>
  /** The claims of an opaque access token as of now: those of its issue, lowered where their proof no longer stands. */
  now(token: OpaqueToken): Promise<Record<string, unknown>>
  /** Seconds that an access token may live: no longer than `configured`, nor than the level that it names. */
  lifetimeSeconds(ctx: KoaContextWithOIDC, configured: number): number
}

/** An opaque access token, as far as its authentication goes. */
export interface OpaqueToken {
  readonly accountId?: string | undefined
  readonly sessionUid?: string | undefined
  readonly iat?: number | undefined
  /** The claims that it was issued with. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}

export function tokenAuthentication(dependencies: {
  readonly levels: Levels
  readonly upstreams: PolicyDocument['upstreams']
  readonly store: Pick<Store, 'sessions' | 'credentials'>
  readonly clock: () => EpochSeconds
}): TokenAuthentication {
  const { levels, store, clock } = dependencies
  const settledFor = new WeakMap<object, SettledAuthentication>()

  async function recordOf({ sessionUid, accountId }: GrantSource): Promise<AuthenticationRecord> {
    if (sessionUid === undefined || accountId === undefined) return []
    const [record, credentials] = await Promise.all([
      readRecord(store.sessions, sessionUid),
      store.credentials.forAccount(accountId),
    ])
    return standingRecord(record, credentials, dependencies)
  }

  return {
    async settle(ctx) {
      const source = sourceOf(ctx)
      if (source === undefined || settledFor.has(ctx.oidc)) return
      const { AuthorizationCode: code, DeviceCode: device } = ctx.oidc.entities
      const record = await recordOf(source)
      const now = clock()
      const issuedAt = source.iiat ?? source.iat ?? now
      // A device may come for its tokens long after the person was there.
      const fresh = code !== undefined || (device !== undefined && now - issuedAt <= oneShotSeconds)
      const settled = settleAuthentication(
        levels,
        {
          issuedAt,
          ...(source.acr === undefined ? {} : { acr: source.acr }),
          ...(source.amr === undefined ? {} : { amr: source.amr }),
          ...(source.authTime === undefined ? {} : { authTime: source.authTime }),
          ...(fresh && isMarkedOneShot(source.claims) ? { oneShot: true } : {}),
        },
        record,
        now,
      )
      settledFor.set(ctx.oidc, settled)
      const { acr, amr, authTime } = settled.authentication
      source.acr = acr
      source.amr = amr === undefined ? undefined : [...amr]
      source.authTime = authTime
    },
    claims(ctx) {
      const settled = settledFor.get(ctx.oidc)
      return settled === undefined ? {} : { ...claimsFromAuthentication(settled.authentication) }
    },
    async now(token) {
      const issued = authenticationFromClaims(token.extra ?? {})
      if (!issued.ok) return {}
      const now = clock()
      const { authentication } = settleAuthentication(
        levels,
        { ...issued.authentication, issuedAt: token.iat ?? now },
        await recordOf(token),
        now,
      )
      return { ...claimsFromAuthentication(authentication) }
    },
    lifetimeSeconds(ctx, configured) {
      const expiresAt = settledFor.get(ctx.oidc)?.expiresAt
      return expiresAt === undefined
        ? configured
        : Math.max(1, Math.min(configured, expiresAt - clock()))
    },
  }
}

function sourceOf(ctx: KoaContextWithOIDC): GrantSource | undefined {
  const { AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities
  // While a person answers for a device there is nothing to settle: what they prove is not written there yet.
  const approved = DeviceCode?.accountId === undefined ? undefined : DeviceCode
  return AuthorizationCode ?? approved ?? RefreshToken
}
