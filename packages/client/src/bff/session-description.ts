import type { EpochSeconds } from '@newel/policy'
import type { BffParts } from './bff-parts.ts'
import type { Exchange } from './exchange.ts'
import { noStore } from './same-origin.ts'
import type { SessionRecord } from './session-record.ts'

/** What a page may know of its session. No token is in it. Times are seconds since 1970 on the backend's clock. */
export interface SessionDescription {
  readonly subject: string
  /** The claims of `profileClaims`. */
  readonly profile: Readonly<Record<string, unknown>>
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly authTime?: EpochSeconds
  /** When the level is over. Absent: the provider does not publish lifetimes, or names no level. */
  readonly levelExpiresAt?: EpochSeconds
  /** When the session ends, however much it is used. */
  readonly expiresAt: EpochSeconds
}

export async function describeSession(
  { provider, sessions }: BffParts,
  record: SessionRecord,
): Promise<SessionDescription> {
  const { subject, profile, acr, amr, authTime, clockOffsetSeconds } = record.tokens
  const metadata = await provider.discover().catch(() => undefined)
  const lifetime = acr === undefined ? undefined : metadata?.order?.lifetimeSeconds(acr)
  const provedAt = authTime === undefined ? undefined : Math.floor(authTime - clockOffsetSeconds)
  return {
    subject,
    profile,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(provedAt === undefined ? {} : { authTime: provedAt }),
    ...(lifetime === undefined || provedAt === undefined
      ? {}
      : { levelExpiresAt: provedAt + lifetime }),
    expiresAt: Math.floor(sessions.endsAt(record)),
  }
}

/** `{ authenticated: false }`, or the session. Asking does not keep it alive. */
export async function handleSession(parts: BffParts, exchange: Exchange): Promise<Response> {
  const held = await parts.sessions.load(exchange, false)
  const body = held
    ? { authenticated: true, ...(await describeSession(parts, held.record)) }
    : { authenticated: false }
  return Response.json(body, { headers: noStore })
}
