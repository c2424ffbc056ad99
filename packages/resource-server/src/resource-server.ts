import type { EpochSeconds } from '@newel/policy'
import { ResourceServerError } from './errors.ts'
import type { ApiRequest, Guard, Outcome } from './guard.ts'
import type { ResourceServerOptions } from './options.ts'
import { passesUntil } from './passes-until.ts'
import { RequestJudge } from './request-judge.ts'
import { compileRequirement } from './requirement.ts'
import type { CompiledRequirement, RequirementDeclaration } from './requirement.ts'
import { readOptions } from './settings.ts'
import type { Settings } from './settings.ts'
import { TrustedIssuer } from './trusted-issuer.ts'
import { unknownAcr } from './unknown-acr.ts'
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

class Server implements ResourceServer {
  readonly #settings: Settings
  readonly #issuers: readonly TrustedIssuer[]
  readonly #requests: RequestJudge
  readonly #declaredAcrValues = new Set<string>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#issuers = settings.issuers.map(
      (each) =>
        new TrustedIssuer(each, {
          fetch: settings.fetch,
          allowInsecure: settings.allowInsecureIssuer,
        }),
    )
    this.#requests = new RequestJudge(settings, this.#issuers)
  }

  async start(): Promise<void> {
    if (this.#settings.start === 'lazy') return
    const now = this.#settings.clock()
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
          this.#requests.judge(request, () => {
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
    return { judge: (request) => this.#requests.judge(request, settle) }
  }

  async check(
    request: ApiRequest,
    requirement?: RequirementDeclaration | string | Guard,
  ): Promise<Outcome> {
    if (isGuard(requirement)) return requirement.judge(request, undefined)
    const compiled = this.#compile(requirement)
    return this.#requests.judge(request, () => compiled)
  }

  async passesUntil(
    token: VerifiedToken,
    requirement?: RequirementDeclaration | string,
  ): Promise<EpochSeconds> {
    const { parts } = this.#compile(requirement)
    const issuer = this.#issuers.find(({ settings }) => settings.issuer === token.issuer)
    if (!issuer) return 0
    const now = this.#settings.clock()
    const { order, publishesLevels } = await issuer.provider.load(now)
    const oneShotWindowSeconds = publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    return passesUntil(parts, { order, token, now, oneShotWindowSeconds })
  }

  async ready(): Promise<void> {
    const now = this.#settings.clock()
    const known = await Promise.all(this.#issuers.map(async ({ provider }) => provider.load(now)))
    // A level that one of several providers knows can be reached there.
    const unknown = [...this.#declaredAcrValues].filter((acr) =>
      known.every(
        ({ order, acrValuesSupported }) =>
          !order.has(acr) || acrValuesSupported?.includes(acr) === false,
      ),
    )
    if (unknown.length > 0) throw unknownAcr(unknown, this.#issuers)
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
}

function isGuard(value: RequirementDeclaration | string | Guard | undefined): value is Guard {
  return typeof value === 'object' && value !== null && 'judge' in value
}
