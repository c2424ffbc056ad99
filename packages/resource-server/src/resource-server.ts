import type { EpochSeconds, LevelOrder } from '@newel/policy'
import type { TokenScheme } from '@newel/protocol'
import { AccessTokens } from './access-tokens.ts'
import { longestToken, readCredentials, tokenForm } from './authorization-header.ts'
import type { Credentials } from './authorization-header.ts'
import { ResourceServerError } from './errors.ts'
import { explainRefusal } from './explain-refusal.ts'
import type { ApiRequest, Guard, Outcome, SenderFacts } from './guard.ts'
import { askedBy, holdRequirement } from './hold-requirement.ts'
import type { Unmet } from './hold-requirement.ts'
import { singleUseOf, unmetAfterUse } from './one-shot.ts'
import { readOptions } from './options.ts'
import type { ResourceServerOptions, Settings } from './options.ts'
import { passesUntil } from './passes-until.ts'
import { personRequired, Refusals, unavailable, withDpopNonce } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { compileRequirement } from './requirement.ts'
import type { CompiledRequirement, RequirementDeclaration } from './requirement.ts'
import { mergeList } from './response-headers.ts'
import { senderProblem } from './sender/sender-proof.ts'
import type { SenderProblem } from './sender/sender-proof.ts'
import { readCompactJws } from './signature/compact-jws.ts'
import { timeProblem } from './token-verifier.ts'
import { TrustedIssuer } from './trusted-issuer.ts'
import type { Acceptance, Accepted } from './trusted-issuer.ts'
import type { Confirmation, VerifiedToken } from './verified-token.ts'

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
  /**
   * A guard by the name of one of the option `requirements`.
   *
   * @throws ResourceServerError `invalid_requirement` where there is none of that name.
   */
  require(name: string): Guard
  /** A guard whose requirement depends on the request. The function runs only for callers with a valid token. */
  require<Request>(compute: RequirementFunction<Request>): Guard<Request>
  /** Hold one request to a requirement, where no adapter fits. */
  check(
    request: ApiRequest,
    requirement?: RequirementDeclaration | string | Guard,
  ): Promise<Outcome>
  /**
   * The first second in which a token that a guard let pass does not meet the requirement any more: its level has decayed,
   * or it is over. For what one call opens and keeps open, as a WebSocket, server-sent events or a long download: close it
   * then. `0`: it does not meet the requirement now. What the provider takes back in between shows at a new `check` alone.
   *
   * @throws ResourceServerError `invalid_requirement`, `max_age_too_small`, `provider_unavailable`.
   */
  passesUntil(
    token: VerifiedToken,
    requirement?: RequirementDeclaration | string,
  ): Promise<EpochSeconds>
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

interface SenderJudgement {
  readonly scheme: TokenScheme
  readonly token: string
  readonly dpop: string
  readonly problem: Promise<SenderProblem | undefined>
}

class Server implements ResourceServer {
  readonly #settings: Settings
  readonly #issuers: readonly TrustedIssuer[]
  readonly #tokens: AccessTokens
  readonly #refusals: Refusals
  readonly #declaredAcrValues = new Set<string>()
  /** What the sender of a request that is being served proved, for the guards that look at it after the first. */
  readonly #sendersJudged = new WeakMap<object, SenderJudgement>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#issuers = settings.issuers.map(
      (each) =>
        new TrustedIssuer(each, {
          fetch: settings.fetch,
          allowInsecure: settings.allowInsecureIssuer,
        }),
    )
    this.#tokens = new AccessTokens(this.#issuers, settings.cacheSize)
    this.#refusals = new Refusals(settings.realm, settings.metadataUrl)
  }

  async start(): Promise<void> {
    if (this.#settings.start === 'lazy') return
    const now = this.#now()
    await Promise.all(
      this.#issuers.map(async ({ provider }) => {
        try {
          await provider.load(now)
        } catch (error) {
          if (!(error instanceof ResourceServerError && error.retryable)) throw error
        }
      }),
    )
  }

  require<Request = unknown>(
    required?: RequirementDeclaration | string | RequirementFunction<Request>,
  ): Guard<Request> {
    if (typeof required === 'function') {
      return {
        judge: (request, native) =>
          this.#judge(request, () => {
            const declared = required(native)
            return declared instanceof Promise
              ? declared.then((settled) => this.#compile(settled))
              : this.#compile(declared)
          }),
      }
    }
    const compiled = this.#compile(required)
    for (const acr of compiled.acrValues) this.#declaredAcrValues.add(acr)
    const settle = (): CompiledRequirement => compiled
    return { judge: (request) => this.#judge(request, settle) }
  }

  async check(
    request: ApiRequest,
    requirement?: RequirementDeclaration | string | Guard,
  ): Promise<Outcome> {
    if (isGuard(requirement)) return requirement.judge(request, undefined)
    const compiled = this.#compile(requirement)
    return this.#judge(request, () => compiled)
  }

  async passesUntil(
    token: VerifiedToken,
    requirement?: RequirementDeclaration | string,
  ): Promise<EpochSeconds> {
    const { parts } = this.#compile(requirement)
    const issuer = this.#issuers.find(({ settings }) => settings.issuer === token.issuer)
    if (!issuer) return 0
    const now = this.#now()
    const { order, publishesLevels } = await issuer.provider.load(now)
    const oneShotWindowSeconds = publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    return passesUntil(parts, { order, token, now, oneShotWindowSeconds })
  }

  async ready(): Promise<void> {
    const now = this.#now()
    const known = await Promise.all(this.#issuers.map(async ({ provider }) => provider.load(now)))
    // A level that one of several providers knows can be reached there.
    const unknown = [...this.#declaredAcrValues].filter((acr) =>
      known.every(
        ({ order, acrValuesSupported }) =>
          !order.has(acr) || acrValuesSupported?.includes(acr) === false,
      ),
    )
    if (unknown.length > 0) throw this.#unknownAcr(unknown)
  }

  #compile(required: RequirementDeclaration | string | undefined): CompiledRequirement {
    if (typeof required !== 'string') return compileRequirement(required)
    const named = this.#settings.requirements.get(required)
    if (named) return compileRequirement(named)
    const names = [...this.#settings.requirements.keys()].map((name) => `\`${name}\``).join(', ')
    throw new ResourceServerError(
      'invalid_requirement',
      `there is no requirement \`${required}\`; the option \`requirements\` names ${names === '' ? 'none' : names}`,
    )
  }

  #judge(
    request: ApiRequest,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
  ): Outcome | Promise<Outcome> {
    const outcome = this.#judgeToken(request, settle)
    if (!this.#settings.allowedOrigins) return outcome
    return outcome instanceof Promise
      ? outcome.then((settled) => this.#shareWithOrigin(settled, request))
      : this.#shareWithOrigin(outcome, request)
  }

  #judgeToken(
    request: ApiRequest,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
  ): Outcome | Promise<Outcome> {
    const credentials = readCredentials(request.authorization)
    if (!credentials.ok) {
      switch (credentials.problem) {
        case 'absent':
          return this.#refuse(this.#refusals.tokenRequired)
        case 'several':
          return this.#refuse(this.#refusals.severalAuthorizations)
        case 'too_long':
          return this.#refuse(this.#refusals.invalidToken('token_malformed'))
      }
    }
    const { token, scheme } = credentials
    const now = this.#now()
    const known = this.#tokens.recall(token, now)
    if (!known) return this.#judgeUnknown(request, credentials, settle, now)
    const problem = timeProblem(known.token, now)
    if (problem) {
      this.#tokens.forget(token)
      return this.#refuse(this.#refusals.invalidToken(problem, scheme), undefined, known)
    }
    return this.#judgeAccepted(request, credentials, known, settle, now)
  }

  #judgeUnknown(
    request: ApiRequest,
    credentials: Credentials,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const { token, scheme } = credentials
    // Taken apart once, whatever is then asked of it.
    const jws = token.length > longestToken ? undefined : readCompactJws(token)
    if (!jws) {
      switch (tokenForm(token)) {
        case 'malformed':
          return this.#refuse(this.#refusals.malformedAuthorization)
        case 'too_long':
          return this.#refuse(this.#refusals.invalidToken('token_malformed', scheme))
        case 'well_formed':
          break
      }
    }
    const proceed = (acceptance: Acceptance): Outcome | Promise<Outcome> =>
      acceptance.ok
        ? this.#judgeAccepted(request, credentials, acceptance, settle, now)
        : this.#refuse(this.#refusals.invalidToken(acceptance.reason, scheme))
    const acceptance = this.#tokens.accept({ text: token, jws }, now)
    if (!(acceptance instanceof Promise)) return proceed(acceptance)
    return acceptance.then(proceed, (error: unknown) => {
      if (!(error instanceof ResourceServerError)) throw error
      return this.#refuse(unavailable('provider_unavailable', error))
    })
  }

  #judgeAccepted(
    request: ApiRequest,
    credentials: Credentials,
    accepted: Accepted,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    return accepted.token.confirmation === undefined && credentials.scheme === 'Bearer'
      ? this.#judgeSent(credentials, accepted, settle, now)
      : this.#judgeBound(request, credentials, accepted, settle, now)
  }

  /** A token that is bound to its sender is worth nothing in other hands (RFC 9449 §7, RFC 8705 §3). */
  async #judgeBound(
    request: ApiRequest,
    credentials: Credentials,
    accepted: Accepted,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Promise<Outcome> {
    const { sender } = this.#settings
    const { confirmation } = accepted.token
    let problem
    try {
      problem = await this.#senderProblem(request, credentials, confirmation, now)
    } catch (error) {
      return this.#refuse(unavailable('used_proofs_unavailable', error), undefined, accepted)
    }
    if (problem === undefined) return this.#judgeSent(credentials, accepted, settle, now)
    const isDpop = credentials.scheme === 'DPoP' || confirmation?.keyThumbprint !== undefined
    const scheme = isDpop ? 'DPoP' : 'Bearer'
    const refusal = this.#refusals.invalidToken(problem, scheme)
    return this.#refuse(
      problem === 'dpop_nonce_needed' && sender.nonces
        ? withDpopNonce(refusal, await sender.nonces.current(now))
        : refusal,
      undefined,
      accepted,
    )
  }

  /** Judged once for each request: the second guard would take the proof that the first accepted for a replay. */
  #senderProblem(
    { identity, sender }: ApiRequest,
    { scheme, token }: Credentials,
    confirmation: Confirmation | undefined,
    now: EpochSeconds,
  ): Promise<SenderProblem | undefined> {
    const { publicUrl, sender: rules } = this.#settings
    const stated = this.#withCertificate(typeof sender === 'function' ? sender() : sender)
    const dpop = String(stated?.dpop)
    const judged = identity && this.#sendersJudged.get(identity)
    if (judged?.scheme === scheme && judged.token === token && judged.dpop === dpop) {
      return judged.problem
    }
    const problem = senderProblem(
      stated && publicUrl !== undefined
        ? { ...stated, url: underPublicUrl(publicUrl, stated.url) }
        : stated,
      scheme,
      token,
      confirmation,
      rules,
      now,
    )
    if (identity) this.#sendersJudged.set(identity, { scheme, token, dpop, problem })
    return problem
  }

  /** What is read elsewhere stands instead of the connection's: behind a proxy that is a certificate of the proxy. */
  #withCertificate(stated: SenderFacts | undefined): SenderFacts | undefined {
    const { clientCertificate } = this.#settings
    if (!stated || !clientCertificate) return stated
    return { ...stated, certificate: stated.request && clientCertificate(stated.request) }
  }

  #judgeSent(
    credentials: Credentials,
    accepted: Accepted,
    settle: () => CompiledRequirement | Promise<CompiledRequirement>,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const compiled = settle()
    return compiled instanceof Promise
      ? compiled.then((settled) => this.#hold(credentials, accepted, settled, now))
      : this.#hold(credentials, accepted, compiled, now)
  }

  /** Hold a verified token to the requirement. Only now does the caller learn what is required (RFC 9470 §9). */
  #hold(
    { token: text, scheme }: Credentials,
    accepted: Accepted,
    compiled: CompiledRequirement,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const { token, facts, issuer } = accepted
    const { order, publishesLevels } = facts
    const { acrValues } = compiled
    if (
      acrValues.length > 0 &&
      this.#issuers.length === 1 &&
      !compiled.reportOnly &&
      !acrValues.some((acr) => order.has(acr))
    ) {
      throw this.#unknownAcr(acrValues)
    }
    const oneShotWindowSeconds = publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    const holding = holdRequirement(compiled.parts, { order, token, now, oneShotWindowSeconds })
    if (!holding.met) {
      return this.#refuse(
        this.#explained(this.#answer(compiled, holding, scheme, order, publishesLevels), () =>
          explainRefusal(compiled, holding, token, now),
        ),
        compiled,
        accepted,
      )
    }
    return holding.usesUp === undefined
      ? this.#allow(compiled, accepted)
      : this.#useUp(text, scheme, accepted, holding.usesUp, compiled, now)
  }

  #answer(
    compiled: CompiledRequirement,
    holding: Unmet,
    scheme: TokenScheme,
    order: LevelOrder,
    providerKnowsLifetimes: boolean,
  ): Refusal {
    if (holding.needsPerson) return personRequired
    if (holding.unmet.length === 0) {
      return this.#refusals.insufficientScope(compiled, holding.scopes, scheme)
    }
    const facts = { scheme, order: providerKnowsLifetimes ? undefined : order, used: false }
    return this.#refusals.stepUp(compiled, holding, facts)
  }

  /** Last of all, so that a call refused for another reason does not cost the person a proof. */
  async #useUp(
    text: string,
    scheme: TokenScheme,
    accepted: Accepted,
    authentication: Accepted['token']['authentication'],
    compiled: CompiledRequirement,
    now: EpochSeconds,
  ): Promise<Outcome> {
    const { token, facts, issuer } = accepted
    const windowSeconds = facts.publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    const use = await singleUseOf(text, token, authentication, windowSeconds)
    // A report takes nothing from the requirements that count.
    const id = compiled.reportOnly ? `reported ${use.id}` : use.id
    const { expiresAt } = use
    let first: boolean
    try {
      first = await this.#settings.usedTokens.use(id, expiresAt, now)
    } catch (error) {
      return this.#refuse(unavailable('used_tokens_unavailable', error), compiled, accepted)
    }
    if (first) return this.#allow(compiled, accepted)
    const asked = askedBy(compiled.parts, facts.order)
    const unmet = unmetAfterUse(asked, token)
    return this.#refuse(
      this.#refusals.stepUp(
        compiled,
        { unmet, asked, scopes: [] },
        { scheme, order: windowSeconds === undefined ? undefined : facts.order, used: true },
      ),
      compiled,
      accepted,
    )
  }

  #allow(compiled: CompiledRequirement, { token }: Accepted): Outcome {
    this.#settings.observe?.({
      outcome: 'allowed',
      ...(compiled.name !== undefined && { requirement: compiled.name }),
      issuer: token.issuer,
      reportOnly: compiled.reportOnly,
    })
    return { outcome: 'allowed', token }
  }

  /** Without a requirement: it was not reached, and a report alone lets nobody through. */
  #refuse(refusal: Refusal, compiled?: CompiledRequirement, accepted?: Accepted): Outcome {
    const reportOnly = compiled?.reportOnly ?? false
    this.#settings.observe?.({
      outcome: reportOnly ? 'allowed' : 'refused',
      reason: refusal.reason,
      ...(compiled?.name !== undefined && { requirement: compiled.name }),
      ...(accepted && { issuer: accepted.token.issuer }),
      reportOnly,
    })
    return reportOnly && accepted
      ? { outcome: 'allowed', token: accepted.token, reported: refusal }
      : refusal
  }

  #explained(refusal: Refusal, explain: () => readonly string[]): Refusal {
    return this.#settings.explainRefusals
      ? { ...refusal, body: { ...refusal.body, explanation: explain() } }
      : refusal
  }

  #shareWithOrigin(outcome: Outcome, { origin: stated }: ApiRequest): Outcome {
    if (outcome.outcome === 'allowed') return outcome
    const origin = typeof stated === 'function' ? stated() : stated
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
    const providers = this.#issuers.map(({ settings }) => `\`${settings.issuer}\``).join(', ')
    return new ResourceServerError(
      'unknown_acr',
      `the provider ${providers} does not advertise the required ${names}`,
      { acrValues },
    )
  }
}

/** The path stays; scheme and host, which a proxy may have changed, and a prefix that it took away are put right. */
function underPublicUrl(publicUrl: string, url: string): string {
  return URL.canParse(url) ? `${publicUrl}${new URL(url).pathname}` : url
}

function isGuard(value: RequirementDeclaration | string | Guard | undefined): value is Guard {
  return typeof value === 'object' && value !== null && 'judge' in value
}
