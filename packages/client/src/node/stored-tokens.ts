import type { EpochSeconds } from '@newel/policy'
import { authenticationFromClaims } from '@newel/protocol'
import { ClientError } from '../errors.ts'
import { isKeptKey, type KeptKey } from './bound-key.ts'
import type { Session } from '../session.ts'

/** What a login, step-up or refresh gave. */
export interface NodeTokens {
  readonly accessToken: string
  readonly refreshToken?: string
  /** What both are bound to. Absent: bearer tokens. */
  readonly key?: KeptKey
  /** On this machine's clock. Absent: the provider does not say. */
  readonly expiresAt?: EpochSeconds
  readonly session: Session
  /** When the ID token was made, on the provider's clock. */
  readonly issuedAt: EpochSeconds
  /** What to add to this machine's clock to have the provider's. */
  readonly clockOffsetSeconds: number
}

/** Whose tokens a text holds: those of another client are not used. */
export interface TokenOwner {
  readonly issuer: URL
  readonly clientId: string
}

export function serializeTokens({ issuer, clientId }: TokenOwner, tokens: NodeTokens): string {
  return JSON.stringify({ version: 1, issuer: issuer.href, clientId, tokens })
}

/** @throws ClientError `store_unusable` where the text is damaged, or of another client */
export function parseTokens({ issuer, clientId }: TokenOwner, text: string): NodeTokens {
  const kept = objectFrom(text)
  if (kept?.['version'] !== 1) throw damaged()
  if (kept['issuer'] !== issuer.href || kept['clientId'] !== clientId) {
    throw new ClientError('store_unusable', 'the store holds the tokens of another client')
  }
  const tokens = kept['tokens']
  if (!isTokens(tokens)) throw damaged()
  return tokens
}

/** The session that the claims of a validated ID token state. */
export function sessionFrom(
  claims: Readonly<Record<string, unknown>> & { readonly sub: string },
  expiresAt: EpochSeconds | undefined,
): Session {
  const reading = authenticationFromClaims(claims)
  if (!reading.ok) {
    throw new ClientError('response_invalid', 'the ID token misstates the authentication')
  }
  return {
    ...reading.authentication,
    subject: claims.sub,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

function objectFrom(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isTokens(value: unknown): value is NodeTokens {
  if (typeof value !== 'object' || value === null) return false
  const { accessToken, refreshToken, key, expiresAt, session, issuedAt, clockOffsetSeconds } =
    value as Readonly<Record<string, unknown>>
  return (
    typeof accessToken === 'string' &&
    (refreshToken === undefined || typeof refreshToken === 'string') &&
    (key === undefined || isKeptKey(key)) &&
    (expiresAt === undefined || typeof expiresAt === 'number') &&
    typeof issuedAt === 'number' &&
    typeof clockOffsetSeconds === 'number' &&
    isSession(session)
  )
}

function isSession(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { subject, acr, authTime } = value as Readonly<Record<string, unknown>>
  return (
    typeof subject === 'string' &&
    (acr === undefined || typeof acr === 'string') &&
    (authTime === undefined || typeof authTime === 'number')
  )
}

function damaged(): ClientError {
  return new ClientError('store_unusable', 'what the store holds is damaged: log in anew')
}
