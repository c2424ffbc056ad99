import type { EpochSeconds } from '@newel/policy'
import { Introspection } from './introspection/introspection.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import { Provider } from './provider.ts'
import type { ProviderFacts } from './provider.ts'
import type { Fetch } from './provider-metadata.ts'
import type { RefusalReason } from './refusal.ts'
import type { CompactJws } from './signature/compact-jws.ts'
import { readClaims } from './token-claims.ts'
import { verifyToken } from './token-verifier.ts'
import type { VerifiedToken } from './verified-token.ts'

/** A token as a request brings it. */
export interface SentToken {
  readonly text: string
  /** Absent: it is no compact JWS. */
  readonly jws: CompactJws | undefined
}

/** A token that its issuer stands for. */
export interface Accepted {
  readonly ok: true
  readonly text: string
  readonly token: VerifiedToken
  readonly issuer: TrustedIssuer
  readonly facts: ProviderFacts
  /** Until when this may be taken for the truth without asking again. With a signature: as long as its key is published. */
  readonly freshUntil: EpochSeconds
}

export type Acceptance = Accepted | { readonly ok: false; readonly reason: RefusalReason }

/** One provider, what its tokens must be, and how they are verified. */
export class TrustedIssuer {
  readonly settings: IssuerSettings
  readonly provider: Provider
  readonly #introspection: Introspection | undefined

  constructor(settings: IssuerSettings, options: { fetch: Fetch; allowInsecure: boolean }) {
    this.settings = settings
    this.provider = new Provider({
      issuer: settings.issuer,
      fetch: options.fetch,
      allowInsecure: options.allowInsecure,
      order: settings.order,
    })
    this.#introspection =
      settings.introspection && new Introspection(settings.introspection, options.fetch)
  }

  /** Whether tokens of this kind are asked about at the provider. */
  introspects(isJwt: boolean): boolean {
    return this.#introspection?.asks(isJwt) === true
  }

  /** Rejects with ResourceServerError where the provider is needed and does not answer. */
  accept(sent: SentToken, isJwt: boolean, now: EpochSeconds): Acceptance | Promise<Acceptance> {
    const { text, jws } = sent
    if (this.#introspection?.asks(isJwt)) return this.#ask(this.#introspection, sent, now)
    // What has another form is not worth an outgoing request.
    if (!jws) return { ok: false, reason: 'token_malformed' }
    const verification = verifyToken(jws, this.settings, this.provider, now)
    return verification instanceof Promise
      ? verification.then((settled) => this.#accepted(text, settled))
      : this.#accepted(text, verification)
  }

  #accepted(text: string, verification: Awaited<ReturnType<typeof verifyToken>>): Acceptance {
    if (!verification.ok) return verification
    const { token, facts } = verification
    return { ok: true, text, token, facts, issuer: this, freshUntil: Number.POSITIVE_INFINITY }
  }

  async #ask(
    introspection: Introspection,
    { text, jws }: SentToken,
    now: EpochSeconds,
  ): Promise<Acceptance> {
    // A provider may call its ID tokens and refresh tokens active; their type is on them.
    if (jws && !this.settings.tokenTypes.includes(jws.header.typ)) {
      return { ok: false, reason: 'token_type_refused' }
    }
    const facts = await this.provider.load(now)
    const claims = await introspection.claimsOf(text, facts.introspectionEndpoint)
    if (!claims) return { ok: false, reason: 'token_inactive' }
    if (!isTokenToPresent(claims)) return { ok: false, reason: 'token_type_refused' }
    const freshUntil = now + introspection.cacheSeconds
    // RFC 7662 §2.2 makes these optional: the provider that was asked is the issuer, and its answer is of now.
    const stated = { iss: this.settings.issuer, iat: now, exp: freshUntil + 1, ...claims }
    const read = readClaims(stated, this.settings, now)
    return read.ok
      ? { ok: true, text, token: read.token, facts, issuer: this, freshUntil }
      : { ok: false, reason: read.reason }
  }
}

/** RFC 7662 §2.2, RFC 6749 §5.1, RFC 9449 §6.2. What is of another type is not for an API, and a DPoP token has a key. */
function isTokenToPresent({ token_type: type, cnf }: Readonly<Record<string, unknown>>): boolean {
  if (type === undefined) return true
  const name = typeof type === 'string' ? type.toLowerCase() : ''
  return name === 'bearer' || (name === 'dpop' && cnf !== undefined)
}
