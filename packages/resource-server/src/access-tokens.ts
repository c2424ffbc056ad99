import type { EpochSeconds } from '@newel/policy'
import { readJsonPart } from './signature/compact-jws.ts'
import { TokenCache } from './token-cache.ts'
import type { Acceptance, Accepted, SentToken, TrustedIssuer } from './trusted-issuer.ts'

/** Turns the text of an access token into what its issuer stands for, remembering what was verified. */
export class AccessTokens {
  readonly #issuers: readonly TrustedIssuer[]
  readonly #cache: TokenCache<Accepted>

  /** @param cacheSize Most tokens remembered. */
  constructor(issuers: readonly TrustedIssuer[], cacheSize: number) {
    this.#issuers = issuers
    this.#cache = new TokenCache(cacheSize)
  }

  /** A token accepted before, while its key is still published and the answer about it is fresh. */
  recall(text: string, now: EpochSeconds): Accepted | undefined {
    const known = this.#cache.get(text)
    if (!known) return undefined
    const facts = known.issuer.provider.current(now)
    if (facts === known.facts) return now < known.freshUntil ? known : undefined
    // The facts were fetched again. What was verified under the same keys stays verified, and is held to the new levels.
    if (facts?.keysVersion !== known.facts.keysVersion || now >= known.freshUntil) return undefined
    const renewed = { ...known, facts }
    this.#cache.set(renewed)
    return renewed
  }

  forget(text: string): void {
    this.#cache.delete(text)
  }

  /** Verify a token that is not remembered. Rejects with ResourceServerError where a provider is needed and does not answer. */
  accept(sent: SentToken, now: EpochSeconds): Acceptance | Promise<Acceptance> {
    const isJwt = sent.jws !== undefined || looksLikeJwt(sent.text)
    const issuers = this.#issuersOf(sent, isJwt)
    const [first] = issuers
    if (!first) return { ok: false, reason: isJwt ? 'issuer_mismatch' : 'token_malformed' }
    const acceptance =
      issuers.length === 1 ? first.accept(sent, isJwt, now) : askInTurn(issuers, sent, now)
    return acceptance instanceof Promise
      ? acceptance.then((settled) => this.#remember(settled))
      : this.#remember(acceptance)
  }

  #remember(acceptance: Acceptance): Acceptance {
    if (!acceptance.ok) return acceptance
    // To ask the provider a second time is dearer than what a newcomer displaces; to verify a signature again is not.
    if (acceptance.freshUntil === Number.POSITIVE_INFINITY) this.#cache.offer(acceptance)
    else this.#cache.set(acceptance)
    return acceptance
  }

  /**
   * Who may have issued it. What a JWT says of itself before it is verified only chooses among those that are trusted; an
   * opaque token says nothing, and whoever can be asked is.
   */
  #issuersOf({ jws }: SentToken, isJwt: boolean): readonly TrustedIssuer[] {
    if (!isJwt) return this.#issuers.filter((issuer) => issuer.introspects(false))
    if (this.#issuers.length === 1) return this.#issuers
    const iss = jws && readJsonPart(jws.payload)?.['iss']
    return this.#issuers.filter(({ settings }) => settings.issuer === iss)
  }
}

/** No other kind of token has two dots by chance: base64url has none. */
function looksLikeJwt(text: string): boolean {
  const first = text.indexOf('.')
  return first > 0 && text.indexOf('.', first + 1) > 0
}

/** One that does not answer does not stop the tokens of the others; it only keeps a stranger's from being called none. */
async function askInTurn(
  issuers: readonly TrustedIssuer[],
  sent: SentToken,
  now: EpochSeconds,
): Promise<Acceptance> {
  let refused: Acceptance | undefined
  let failure: { readonly error: unknown } | undefined
  for (const issuer of issuers) {
    try {
      const acceptance = await issuer.accept(sent, false, now)
      if (acceptance.ok) return acceptance
      refused = acceptance
    } catch (error) {
      failure ??= { error }
    }
  }
  if (failure) throw failure.error
  return refused ?? { ok: false, reason: 'token_inactive' }
}
