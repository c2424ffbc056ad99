import { clockToleranceSeconds, evaluateToken } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import { readCredentials } from './authorization-header.ts'
import { ResourceServerError } from './errors.ts'
import type { ApiRequest, Guard, Outcome } from './guard.ts'
import { isOneShotUse, singleUseOf, unmetAfterUse } from './one-shot.ts'
import { readOptions } from './options.ts'
import type { ResourceServerOptions, Settings } from './options.ts'
import { Provider } from './provider.ts'
import type { ProviderFacts } from './provider.ts'
import { personRequired, Refusals, unavailable } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { compileRequirement } from './requirement.ts'
import type { CompiledRequirement, RequirementDeclaration } from './requirement.ts'
import { mergeList } from './response-headers.ts'
import { TokenCache } from './token-cache.ts'
import { verifyToken } from './token-verifier.ts'
import { isMachineToken, validity } from './verified-token.ts'
import type { VerifiedToken } from './verified-token.ts'

/** Computes what a request asks. `undefined`: no step-up, but still a valid token. */
export type RequirementFunction<Request> = (
  request: Request,
) => RequirementDeclaration | undefined | Promise<RequirementDeclaration | undefined>

/** Verifies access tokens, holds them to requirements, and makes the answer where they do not reach. */
export interface ResourceServer {
  /**
   * A guard for routes. Without an argument: a valid token is enough.
   *
   * @throws ResourceServerError `invalid_requirement`, `max_age_too_small`, `transaction_unsupported`.
   */
  require(declaration?: RequirementDeclaration): Guard
  /** A guard whose requirement depends on the request. The function runs only for callers with a valid token. */
  require<Request>(compute: RequirementFunction<Request>): Guard<Request>
  /** Hold one request to a requirement, where no adapter fits. */
  check(request: ApiRequest, requirement?: RequirementDeclaration | Guard): Promise<Outcome>
  /**
   * Resolves when the provider is known and advertises every level that guards name. Fit for a readiness probe: it asks
   * the provider only where nothing fresh is at hand.
   *
   * @throws ResourceServerError `unknown_acr`, `provider_unavailable`, `issuer_mismatch`, `invalid_metadata`.
   */
  ready(): Promise<void>
}

/**
 * @throws ResourceServerError `invalid_option`, `insecure_issuer`; with `start: 'eager'` also `issuer_mismatch` and
 * `invalid_metadata`. A provider that is down is no error: the API starts, and answers 503 until it is up.
 */
export async function createResourceServer(
  options: ResourceServerOptions,
): Promise<ResourceServer> {
  const server = new Server(readOptions(options))
  await server.start()
  return server
}

class Server implements ResourceServer {
  readonly #settings: Settings
  readonly #provider: Provider
  readonly #refusals: Refusals
  readonly #cache: TokenCache
  readonly #declaredAcrValues = new Set<string>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#provider = new Provider({
      issuer: settings.issuer,
      fetch: settings.fetch,
      allowInsecure: settings.allowInsecureIssuer,
      order: settings.order,
    })
    this.#refusals = new Refusals(settings.realm)
    this.#cache = new TokenCache(settings.cacheSize)
  }

  async start(): Promise<void> {
    if (this.#settings.start === 'lazy') return
    try {
      await this.#provider.load(this.#now())
    } catch (error) {
      if (!(error instanceof ResourceServerError && error.retryable)) throw error
    }
  }

  require<Request = unknown>(
    required?: RequirementDeclaration | RequirementFunction<Request>,
  ): Guard<Request> {
    if (typeof required === 'function') {
      return {
        judge: (request, native) =>
          this.#judge(request, () => {
            const declared = required(native)
            return declared instanceof Promise
              ? declared.then(compileRequirement)
              : compileRequirement(declared)
          }),
      }
    }
    const compiled = compileRequirement(required)
    for (const acr of compiled.requirement.acrValues) this.#declaredAcrValues.add(acr)
    const settle = (): CompiledRequirement => compiled
    return { judge: (request) => this.#judge(request, settle) }
  }

  async check(request: ApiRequest, requirement?: RequirementDeclaration | Guard): Promise<Outcome> {
    if (isGuard(requirement)) return requirement.judge(request, undefined)
    const compiled = compileRequirement(requirement)
    return this.#judge(request, () => compiled)
  }

  async ready(): Promise<void> {
    const { order, acrValuesSupported } = await this.#provider.load(this.#now())
    const unknown = [...this.#declaredAcrValues].filter(
      (acr) => !order.has(acr) || acrValuesSupported?.includes(acr) === false,
    )
    if (unknown.length > 0) throw this.#unknownAcr(unknown)
  }

  #judge(
    request: ApiRequest,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
  ): Outcome | Promise<Outcome> {
    const outcome = this.#judgeToken(request, settle)
    if (!this.#settings.allowedOrigins) return outcome
    return outcome instanceof Promise
      ? outcome.then((settled) => this.#shareWithOrigin(settled, request.origin))
      : this.#shareWithOrigin(outcome, request.origin)
  }

  #judgeToken(
    request: ApiRequest,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
  ): Outcome | Promise<Outcome> {
    const credentials = readCredentials(request.authorization)
    if (!credentials.ok) {
      switch (credentials.problem) {
        case 'absent':
          return this.#refusals.tokenRequired
        case 'several':
          return this.#refusals.severalAuthorizations
        case 'malformed':
          return this.#refusals.malformedAuthorization
        case 'too_long':
          return this.#refusals.invalidToken('token_malformed')
      }
    }
    // A DPoP proof is not verified here yet, and a bound token without its proof is anybody's (RFC 9449 §7.1).
    if (credentials.scheme === 'DPoP') {
      return this.#refusals.invalidToken('sender_constraint_unsupported', 'DPoP')
    }
    const now = this.#now()
    const facts = this.#provider.current(now)
    const known = facts && this.#cache.get(credentials.token, facts.keysVersion)
    if (!known) return this.#judgeUnknown(credentials.token, settle, now)
    const { notBefore, expiresAt } = validity(known)
    if (now >= expiresAt + clockToleranceSeconds) {
      this.#cache.delete(credentials.token)
      return this.#refusals.invalidToken('token_expired')
    }
    if (now < notBefore - clockToleranceSeconds)
      return this.#refusals.invalidToken('token_not_yet_valid')
    return this.#judgeVerified(credentials.token, known, facts, settle, now)
  }

  async #judgeUnknown(
    text: string,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Promise<Outcome> {
    let verification
    try {
      verification = await verifyToken(text, this.#settings, this.#provider, now)
    } catch (error) {
      if (!(error instanceof ResourceServerError)) throw error
      return unavailable('provider_unavailable', error)
    }
    if (!verification.ok) return this.#refusals.invalidToken(verification.reason)
    const { token, facts } = verification
    const confirmation = token.claims['cnf']
    if (confirmation !== undefined) {
      // RFC 9449 §7.2: a bound token must not be used as a bearer token. Other bindings are not checked here either.
      const isDpop =
        typeof confirmation === 'object' && confirmation !== null && 'jkt' in confirmation
      return this.#refusals.invalidToken(
        'sender_constraint_unsupported',
        isDpop ? 'DPoP' : 'Bearer',
      )
    }
    this.#cache.set(text, facts.keysVersion, token)
    return this.#judgeVerified(text, token, facts, settle, now)
  }

  #judgeVerified(
    text: string,
    token: VerifiedToken,
    facts: ProviderFacts,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const compiled = settle()
    return compiled instanceof Promise
      ? compiled.then((settled) => this.#hold(text, token, facts, settled, now))
      : this.#hold(text, token, facts, compiled, now)
  }

  /** Hold a verified token to the requirement. Only now does the caller learn what is required (RFC 9470 §9). */
  #hold(
    text: string,
    token: VerifiedToken,
    facts: ProviderFacts,
    compiled: CompiledRequirement,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const lacksScope = compiled.scopes.some((scope) => !token.scope.includes(scope))
    if (!compiled.asksAuthentication) {
      return lacksScope ? this.#refusals.insufficientScope(compiled) : { outcome: 'allowed', token }
    }
    const { requirement } = compiled
    const { order } = facts
    if (requirement.acrValues.length > 0 && !requirement.acrValues.some((acr) => order.has(acr))) {
      throw this.#unknownAcr(requirement.acrValues)
    }
    if (isMachineToken(token)) return personRequired
    const windowSeconds = facts.publishesLevels ? undefined : this.#settings.oneShotWindowSeconds
    const decision = evaluateToken(order, requirement, token.authentication, {
      now,
      ...(windowSeconds !== undefined && { oneShotWindowSeconds: windowSeconds }),
    })
    if (!decision.satisfied) {
      return this.#refusals.stepUp(compiled, decision.unmet, {
        lacksScope,
        providerKnowsLifetimes: facts.publishesLevels,
        used: false,
      })
    }
    if (lacksScope) return this.#refusals.insufficientScope(compiled)
    const mayBeOneShot =
      token.authentication.oneShot === true ||
      requirement.maxAgeSeconds === 0 ||
      windowSeconds !== undefined
    return mayBeOneShot && isOneShotUse(order, requirement, token, now)
      ? this.#useUp(text, token, compiled, windowSeconds, now)
      : { outcome: 'allowed', token }
  }

  /** Last of all, so that a call refused for another reason does not cost the person a proof. */
  async #useUp(
    text: string,
    token: VerifiedToken,
    compiled: CompiledRequirement,
    windowSeconds: number | undefined,
    now: EpochSeconds,
  ): Promise<Outcome> {
    const { issuer, usedTokens } = this.#settings
    const { id, expiresAt } = await singleUseOf(issuer, text, token, windowSeconds)
    let first: boolean
    try {
      first = await usedTokens.use(id, expiresAt, now)
    } catch (error) {
      return unavailable('used_tokens_unavailable', error)
    }
    if (first) return { outcome: 'allowed', token }
    return this.#refusals.stepUp(compiled, unmetAfterUse(compiled.requirement, token), {
      lacksScope: false,
      providerKnowsLifetimes: windowSeconds === undefined,
      used: true,
    })
  }

  #shareWithOrigin(outcome: Outcome, origin: string | undefined | null): Outcome {
    if (outcome.outcome === 'allowed') return outcome
    const headers: Record<string, string> = {
      ...outcome.headers,
      Vary: mergeList(outcome.headers['Vary'], 'Origin'),
    }
    if (typeof origin === 'string' && this.#settings.allowedOrigins?.has(origin)) {
      headers['Access-Control-Allow-Origin'] = origin
    }
    return { ...outcome, headers } satisfies Refusal
  }

  #now(): EpochSeconds {
    const now = this.#settings.clock()
    // Every comparison with NaN is false, and so no token would ever be too old.
    if (!Number.isFinite(now))
      throw new ResourceServerError('invalid_option', 'the clock tells no time')
    return now
  }

  #unknownAcr(acrValues: readonly string[]): ResourceServerError {
    const names = acrValues.map((acr) => `\`${acr}\``).join(', ')
    return new ResourceServerError(
      'unknown_acr',
      `the provider \`${this.#settings.issuer}\` does not advertise the required ${names}`,
      { acrValues },
    )
  }
}

function isGuard(value: RequirementDeclaration | Guard | undefined): value is Guard {
  return typeof value === 'object' && value !== null && 'judge' in value
}
