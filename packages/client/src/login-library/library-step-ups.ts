import type { Requirement } from '@newel/policy'
import { randomToken } from '../base64url.ts'
import type { CallParking } from '../browser/call-parking.ts'
import { ClientError, StepUpError } from '../errors.ts'
import { unordered } from '../published-order.ts'
import { covers } from '../requirement.ts'
import { saysOneShot } from '../says-one-shot.ts'
import { identityOf, type JudgementHost, judgeStepUp, reachedBy } from './judge-step-up.ts'
import type {
  LibraryFailure,
  LibraryRequest,
  LibraryTokens,
  LoginLibrary,
  StepUpTransaction,
} from './login-library.ts'

/** How the library takes the person to the provider. */
export type LibraryMode = 'popup' | 'redirect'

/** One wish to step up through the library. */
export interface LibraryWish {
  readonly requirement: Requirement
  readonly scope?: string
  readonly signal?: AbortSignal
  /** The call that was challenged: what has reached the requirement since then ends the wait. */
  readonly call?: {
    readonly accessToken: string
    readonly sentAt: number
    readonly request: Request
  }
}

interface RunningStepUp {
  readonly requirement: Requirement
  readonly scope: string
  readonly result: Promise<LibraryTokens>
  readonly control: AbortController
  /** What a redirect interrupts. */
  readonly calls: Request[]
  waiting: number
  /** Somebody has what it came to; a proof for one call is then no other call's. */
  taken: boolean
}

/**
 * The step-ups of this page through a library: one at a time, shared by every call that it serves. A proof that an API lets
 * pass once is one call's; the others ask again, one after the other, until one is refused.
 */
export class LibraryStepUps {
  readonly #library: LoginLibrary
  readonly #host: JudgementHost
  readonly #mode: LibraryMode
  readonly #parking: CallParking | undefined
  #running: RunningStepUp | undefined

  constructor(
    library: LoginLibrary,
    host: JudgementHost,
    mode: LibraryMode,
    parking: CallParking | undefined,
  ) {
    this.#parking = parking
    this.#library = library
    this.#host = host
    this.#mode = mode
  }

  /** @throws StepUpError, ClientError, or the signal's reason */
  async reach(wish: LibraryWish): Promise<LibraryTokens> {
    for (;;) {
      wish.signal?.throwIfAborted()
      const joined = this.#running
      // Nothing is awaited in between: of two that look at once, one starts and the other joins.
      const running = joined ?? this.#start(wish)
      const served = !joined || serves(running, wish)
      if (joined && served && wish.call) running.calls.push(wish.call.request)
      try {
        const tokens = await wait(running, wish.signal)
        if (served && !(wish.call && running.taken && isForOne(wish, tokens))) {
          running.taken = true
          return tokens
        }
      } catch (error) {
        // The failure of another's step-up says nothing about this one.
        if (served || wish.signal?.aborted) throw error
      }
    }
  }

  #start(wish: LibraryWish): RunningStepUp {
    const { requirement, scope = '' } = wish
    const control = new AbortController()
    const calls = wish.call ? [wish.call.request] : []
    const result = this.#run(wish, calls, control.signal).finally(() => {
      this.#running = undefined
    })
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    this.#running = { requirement, scope, result, control, calls, waiting: 0, taken: false }
    return this.#running
  }

  async #run(
    { requirement, scope, call }: LibraryWish,
    calls: readonly Request[],
    signal: AbortSignal,
  ): Promise<LibraryTokens> {
    const before = await this.#library.tokens()
    if (!before) throw new ClientError('login_required', 'nobody is logged in')
    const changed = call && before.accessToken !== call.accessToken && scope === undefined
    const lasting = changed && !isForOne({ requirement }, before)
    if (lasting && reachedBy(before.idToken, requirement, call.sentAt, this.#host)) return before
    const transaction: StepUpTransaction = {
      requirement,
      ...identityOf(before.idToken),
      beganAt: this.#host.now(),
      ...(before.bound === true && { bound: true }),
    }
    const request: LibraryRequest = {
      ...(requirement.acrValues.length > 0 && { acrValues: requirement.acrValues.join(' ') }),
      ...(requirement.maxAgeSeconds !== undefined && { maxAgeSeconds: requirement.maxAgeSeconds }),
      ...(scope !== undefined && { scope }),
      signal,
    }
    const { byPopup } = this.#library
    if (this.#mode === 'redirect' || !byPopup) {
      return this.#leave(request, transaction, calls)
    }
    const after = await byPopup.call(this.#library, request).catch((cause: unknown) => {
      signal.throwIfAborted()
      throw stepUpFailure(this.#library.failureOf(cause), requirement, cause)
    })
    return this.settle(before, after, transaction)
  }

  /** Leave the page, and keep the calls that go with it. Comes to an end with the page, or with who waits. */
  async #leave(
    request: LibraryRequest,
    transaction: StepUpTransaction,
    calls: readonly Request[],
  ): Promise<never> {
    const { signal } = request
    if (!this.#parking || calls.length === 0) {
      await this.#library.byRedirect(request, transaction)
      return orAborted(new Promise<never>(() => {}), signal)
    }
    const parked = randomToken()
    const refused = await this.#parking.park(parked, calls)
    if (refused !== undefined) {
      throw new StepUpError('call_not_kept', refused, transaction.requirement)
    }
    try {
      signal.throwIfAborted()
      await this.#library.byRedirect(request, { ...transaction, parked })
      return await orAborted(new Promise<never>(() => {}), signal)
    } catch (error) {
      await this.#parking.forget(parked)
      throw error
    }
  }

  /** Hold what came to what was asked; the library keeps it only then. */
  async settle(
    before: LibraryTokens | undefined,
    after: LibraryTokens,
    transaction: StepUpTransaction,
  ): Promise<LibraryTokens> {
    try {
      await judgeStepUp(after.idToken, transaction, this.#host)
      // RFC 9449 §5: no falling back to bearer tokens by stepping up.
      if (transaction.bound === true && after.bound !== true) {
        throw new ClientError('response_invalid', 'the tokens are no longer bound to the key')
      }
    } catch (error) {
      await this.#library.reject(before)
      throw error
    }
    await this.#library.accept?.(after)
    return after
  }
}

function serves(running: RunningStepUp, { requirement, scope = '' }: LibraryWish): boolean {
  const asked = running.scope.split(' ')
  return (
    covers(running.requirement, requirement, unordered) &&
    scope.split(' ').every((item) => item === '' || asked.includes(item))
  )
}

/** Whether a call has to have the proof to itself. A token for one call may serve more than one; asking again is safe. */
function isForOne(
  { requirement }: Pick<LibraryWish, 'requirement'>,
  tokens: LibraryTokens,
): boolean {
  return requirement.maxAgeSeconds === 0 || saysOneShot(tokens.accessToken)
}

/** Wait for a step-up, which goes on for the others when this caller gives up, and ends with the last. */
async function wait(
  running: RunningStepUp,
  signal: AbortSignal | undefined,
): Promise<LibraryTokens> {
  running.waiting += 1
  if (!signal) return running.result
  try {
    return await orAborted(running.result, signal)
  } catch (error) {
    running.waiting -= 1
    if (signal.aborted && running.waiting === 0) running.control.abort(signal.reason)
    throw error
  }
}

async function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const listening = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {
      signal: listening.signal,
    })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    listening.abort()
  }
}

/** A library's failure by this package's codes. */
export function stepUpFailure(
  failure: LibraryFailure,
  requirement: Requirement,
  cause: unknown,
): ClientError {
  if (failure.kind === 'closed') {
    return new StepUpError('step_up_cancelled', 'the popup was closed', requirement, { cause })
  }
  if (failure.kind === 'blocked') {
    return new StepUpError('popup_blocked', 'the browser opened no popup', requirement, { cause })
  }
  if (failure.kind === 'unknown') {
    return new ClientError('response_invalid', 'the login library could not step up', { cause })
  }
  const providerError = failure.error
  const facts = { cause, providerError }
  const message = `the provider answered \`${providerError}\``
  if (providerError === 'access_denied') {
    return new StepUpError('step_up_cancelled', message, requirement, facts)
  }
  if (unmet.has(providerError)) {
    return new StepUpError('step_up_unmet', message, requirement, facts)
  }
  const transient = providerError === 'temporarily_unavailable' || providerError === 'server_error'
  return new ClientError(transient ? 'provider_unavailable' : 'provider_refused', message, facts)
}

/** Errors that say that what was asked cannot be reached, or not without a page. OIDC Core §3.1.2.6. */
const unmet = new Set([
  'unmet_authentication_requirements',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])
