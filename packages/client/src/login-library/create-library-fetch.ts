import { clockToleranceSeconds } from '@newel/policy'
import { randomToken } from '../base64url.ts'
import type { CallParkingFactory, ResumedCall } from '../browser/call-parking.ts'
import { ClientError, StepUpError } from '../errors.ts'
import { readChallenge } from '../read-challenge.ts'
import { type RequirementInput, requirementFromInput } from '../requirement.ts'
import { createProvedSend } from '../send-with-proof.ts'
import type { JudgementHost } from './judge-step-up.ts'
import { type LibraryMode, LibraryStepUps, stepUpFailure } from './library-step-ups.ts'
import type { LibraryTokens, LoginLibrary, StepUpTransaction } from './login-library.ts'

export interface StepUpFetchOptions {
  /** The only origins that get the token, and the only ones whose challenges are heard. */
  readonly apiOrigins: readonly string[]
  /** How far the provider's times may disagree among themselves, in seconds. Default: 5. */
  readonly clockToleranceSeconds?: number
  /** Default: the page's `fetch`. */
  readonly fetch?: typeof fetch
  /** Seconds since 1970. Default: the machine's clock. */
  readonly now?: () => number
  /**
   * Keeps the calls that a step-up by redirect interrupts, and sends them once when it is done: `parkedCalls()`. Absent:
   * they are lost with the page.
   */
  readonly parking?: CallParkingFactory
}

export interface StepUpFetch {
  /**
   * Like `fetch`, with the library's token for `apiOrigins`, and with their step-up challenges met: the call is sent once
   * more, as it was. Other origins, and calls with an `Authorization` of their own, get the call untouched.
   *
   * @throws StepUpError where the step-up fails, ClientError `login_required` where nobody is logged in
   */
  readonly fetch: typeof fetch
  /**
   * Reach a requirement now. Call it within the click.
   *
   * @throws StepUpError, ClientError, or the signal's reason
   */
  readonly stepUp: (
    requirement: RequirementInput,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<void>
}

/** What a step-up by redirect came to. */
export type RedirectResult =
  | {
      readonly outcome: 'completed'
      readonly requirement: StepUpTransaction['requirement']
      /** The calls that `parking` kept, sent again by now, each once. */
      readonly calls: readonly ResumedCall[]
    }
  /** The session of before stands, unless the person is another. */
  | { readonly outcome: 'failed'; readonly error: ClientError }

/** A step-up fetch over a library, and what its adapter needs to take up a redirect. */
export interface LibraryFetch extends StepUpFetch {
  /** Hold what the library took from a redirect to what was asked before the page was left. */
  readonly settleRedirect: (
    transaction: StepUpTransaction,
    before: LibraryTokens | undefined,
    answer: () => Promise<LibraryTokens | undefined>,
  ) => Promise<RedirectResult>
}

/** @throws ClientError `configuration` */
export function createLibraryFetch(
  library: LoginLibrary,
  options: StepUpFetchOptions,
  mode: LibraryMode,
): LibraryFetch {
  const apiOrigins = new Set(options.apiOrigins)
  for (const origin of apiOrigins) {
    if (URL.parse(origin)?.origin !== origin) {
      throw new ClientError('configuration', `\`apiOrigins\` must hold origins, not \`${origin}\``)
    }
  }
  const send: typeof fetch = options.fetch ?? ((...call) => globalThis.fetch(...call))
  const host: JudgementHost = {
    now: options.now ?? (() => Date.now() / 1000),
    fetch: send,
    clockToleranceSeconds: options.clockToleranceSeconds ?? clockToleranceSeconds,
  }
  const parking = options.parking?.({ apiOrigins, host: { now: host.now, randomToken } })
  const stepUps = new LibraryStepUps(library, host, mode, parking)
  const provedSend = createProvedSend({
    fetch: (request) => send(request),
    prove: async ({ url, method }, { accessToken = '', nonce }) => {
      const { origin, pathname } = new URL(url)
      // Neither library strips the query. RFC 9449 §4.2.
      const call = { url: origin + pathname, method, accessToken }
      const proof = await library.prove?.({ ...call, ...(nonce !== undefined && { nonce }) })
      if (proof !== undefined) return proof
      throw new ClientError(
        'configuration',
        'the tokens are bound to a key (DPoP) that the login library cannot prove',
      )
    },
  })

  const attempt = async (
    request: Request,
    tokens: LibraryTokens | undefined,
    replayable: boolean,
  ) => {
    const { accessToken, bound = false } = tokens ?? {}
    if (accessToken !== undefined) {
      request.headers.set('authorization', `${bound ? 'DPoP' : 'Bearer'} ${accessToken}`)
    }
    const sentAt = host.now()
    const response = await (bound && accessToken !== undefined
      ? provedSend(request, { accessToken, replayable })
      : send(request))
    const challenge = readChallenge(response, request.url, apiOrigins, bound)
    return { response, sentAt, challenge }
  }

  /** The second time is the last. */
  const attemptAgain = async (request: Request, tokens: LibraryTokens) => {
    const { response, challenge } = await attempt(request, tokens, true)
    if (challenge.kind !== 'challenge') return response
    throw new StepUpError(
      'step_up_failed',
      'stepped up as asked, and the API still asks',
      challenge.requirement,
    )
  }

  const authorizedFetch: typeof fetch = async (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input, globalThis.location?.href)
    if (!apiOrigins.has(address.origin)) return send(input, init)
    const request = new Request(input instanceof Request ? input : address, init)
    if (request.headers.has('authorization')) return send(request)
    const again = init?.body instanceof ReadableStream ? undefined : request.clone()
    const tokens = await library.tokens()
    const first = await attempt(request, tokens, again !== undefined)
    if (first.challenge.kind !== 'challenge') return first.response
    const { requirement, scope } = first.challenge
    if (!tokens) throw new ClientError('login_required', 'the API asks for a login')
    if (!again) {
      throw new StepUpError(
        'body_not_replayable',
        'the body was a stream: step up, then send the call anew',
        requirement,
      )
    }
    await first.response.body?.cancel()
    const better = await stepUps.reach({
      requirement,
      signal: request.signal,
      call: { accessToken: tokens.accessToken, sentAt: first.sentAt, request: again },
      ...(scope === undefined ? {} : { scope }),
    })
    return attemptAgain(again, better)
  }

  return {
    fetch: authorizedFetch,
    stepUp: async (input, { signal } = {}) => {
      await stepUps.reach({ requirement: requirementFromInput(input), ...(signal && { signal }) })
    },
    settleRedirect: async (transaction, before, answer) => {
      const { requirement, parked } = transaction
      const forget = async () => {
        if (parked !== undefined) await parking?.forget(parked).catch(() => {})
      }
      try {
        const after = await answer().catch((cause: unknown) => {
          throw stepUpFailure(library.failureOf(cause), requirement, cause)
        })
        if (!after) throw new ClientError('login_required', 'the provider gave no session')
        const tokens = await stepUps.settle(before, after, transaction)
        const resume = async (call: Request) => attemptAgain(call, tokens)
        const calls = parked === undefined ? [] : await parking?.resume(parked, resume, () => {})
        return { outcome: 'completed', requirement, calls: calls ?? [] }
      } catch (error) {
        await forget()
        if (error instanceof ClientError) return { outcome: 'failed', error }
        throw error
      }
    },
  }
}
