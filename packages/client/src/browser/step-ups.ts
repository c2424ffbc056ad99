import type { EpochSeconds, Requirement } from '@newel/policy'
import { ClientError, isStepUpErrorCode, StepUpError } from '../errors.ts'
import { judgeAnswer, orderFor } from '../judge-answer.ts'
import { covers } from '../requirement.ts'
import { acceptAnswer } from './accept-answer.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings, StepUpMode } from './options.ts'
import type { Provider } from './provider.ts'
import { returnAddress } from './return-address.ts'
import type { AskedElsewhere, EndElsewhere } from './tab-sharing.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'
import { visitByPopup, visitByRedirect } from './visit.ts'

/** One wish to step up. */
export interface StepUpWish {
  readonly requirement: Requirement
  readonly mode: StepUpMode
  readonly scope?: string
  readonly signal?: AbortSignal
}

/** The call that an API challenged: a session that has come to reach the requirement since then ends the wait. */
export interface ChallengedCall {
  /** What it was sent with. */
  readonly tokens: Tokens
  /** On this machine's clock. */
  readonly sentAt: EpochSeconds
  /** The call itself, unsent, to be kept where the page is left. */
  readonly request: Request
}

interface RunningStepUp {
  readonly requirement: Requirement
  readonly scope: string
  readonly result: Promise<Tokens>
  popup: PopupWindow | undefined
  /** The calls that wait for it. */
  readonly calls: Request[]
  readonly cancel: (reason: unknown) => void
  waiting: number
}

/** The step-ups of this page: one at a time, shared by every call that it serves. */
export class StepUps {
  readonly #settings: ClientSettings
  readonly #provider: Provider
  readonly #store: TokenStore
  #running: RunningStepUp | undefined

  constructor(settings: ClientSettings, provider: Provider, store: TokenStore) {
    this.#settings = settings
    this.#provider = provider
    this.#store = store
  }

  /**
   * Reach a requirement. Nothing is awaited before the popup opens, so that a click still counts.
   *
   * @throws StepUpError, ClientError, or the signal's reason
   */
  async reach(wish: StepUpWish, call?: ChallengedCall): Promise<Tokens> {
    wish.signal?.throwIfAborted()
    const elsewhere = this.#running ? undefined : this.#elsewhere(wish)
    const reachedThere = elsewhere && (await this.#waitElsewhere(elsewhere, wish, call))
    if (reachedThere) return reachedThere
    for (;;) {
      const running = this.#running
      if (!running) {
        const reached = call && this.#reachedSince(wish, call)
        return reached ?? (await this.#wait(this.#start(wish, call), wish.signal))
      }
      const served = this.#serves(running, wish)
      if (call && served) running.calls.push(call.request)
      this.#settings.emit({ type: 'joined', requirement: wish.requirement })
      running.popup?.focus()
      try {
        const tokens = await this.#wait(running, wish.signal)
        if (served) return tokens
      } catch (error) {
        // The failure of another's step-up says nothing about this one.
        if (served || wish.signal?.aborted) throw error
      }
    }
  }

  #elsewhere(wish: StepUpWish): Promise<EndElsewhere> | undefined {
    if (!this.#store.tokens) return undefined
    return this.#store.tabs?.elsewhere((asked) => this.#serves(asked, wish))
  }

  /** `undefined`: the other tab's step-up did not serve this one after all. */
  async #waitElsewhere(
    elsewhere: Promise<EndElsewhere>,
    wish: StepUpWish,
    call: Pick<ChallengedCall, 'tokens' | 'sentAt'> | undefined,
  ): Promise<Tokens | undefined> {
    const { requirement, signal } = wish
    const since = call ?? { tokens: this.#store.tokens, sentAt: this.#settings.host.now() }
    this.#settings.emit({ type: 'joined', requirement, elsewhere: true })
    const end = await unlessAborted(elsewhere, signal)
    signal?.throwIfAborted()
    const tokens = this.#reachedSince(wish, since)
    if (tokens || end === undefined || end === 'reached' || end === 'lost') return tokens
    const message = 'the step-up in another tab came to no good end'
    throw isStepUpErrorCode(end)
      ? new StepUpError(end, message, requirement)
      : new ClientError(end, message)
  }

  #serves(running: AskedElsewhere, { requirement, scope = '' }: StepUpWish): boolean {
    const asked = running.scope.split(' ')
    const order = orderFor(this.#provider.metadata?.order, requirement)
    return (
      covers(running.requirement, requirement, order) &&
      scope.split(' ').every((item) => item === '' || asked.includes(item))
    )
  }

  /** The tokens in hand, where they came after the call went out and reach what it lacked. */
  #reachedSince(
    { requirement, scope }: StepUpWish,
    call: { readonly tokens: Tokens | undefined; readonly sentAt: EpochSeconds },
  ): Tokens | undefined {
    const { tokens } = this.#store
    if (!tokens || tokens.accessToken === call.tokens?.accessToken || scope !== undefined) {
      return undefined
    }
    const order = orderFor(this.#provider.metadata?.order, requirement, tokens.session)
    const decision = judgeAnswer(order, requirement, tokens.session, {
      askedAt: call.sentAt + tokens.clockOffsetSeconds,
      now: this.#settings.host.now() + tokens.clockOffsetSeconds,
      clockToleranceSeconds: this.#settings.clockToleranceSeconds,
    })
    return decision.satisfied ? tokens : undefined
  }

  #start(wish: StepUpWish, call: ChallengedCall | undefined): RunningStepUp {
    const { host, prompt } = this.#settings
    const { requirement, mode, scope = '' } = wish
    const { tokens } = this.#store
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    const asksFirst = call !== undefined && prompt?.when === 'always'
    const popup = mode === 'redirect' || asksFirst ? undefined : host.openPopup()
    const abort = new AbortController()
    const begun = {
      requirement,
      scope,
      popup,
      calls: call ? [call.request] : [],
      cancel: (reason: unknown) => abort.abort(reason),
      waiting: 0,
    }
    const result = this.#run(begun, wish, tokens, abort.signal).finally(() => {
      this.#running = undefined
      begun.popup?.close()
    })
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    // A page that is left tells nobody how it ended, and a proof for one use serves no other tab.
    if (mode !== 'redirect' && requirement.maxAgeSeconds !== 0) {
      this.#store.tabs?.announce({ requirement, scope }, result)
    }
    this.#running = Object.assign(begun, { result })
    return this.#running
  }

  /** See to a popup that did not open with the click, where one is wanted. */
  async #ensurePopup(
    begun: Omit<RunningStepUp, 'result'>,
    { requirement, mode }: StepUpWish,
    signal: AbortSignal,
  ): Promise<void> {
    if (mode === 'redirect' || begun.popup) return
    const { host, prompt, emit } = this.#settings
    if (prompt) {
      emit({ type: 'prompt', requirement })
      const open = () => {
        begun.popup = host.openPopup()
      }
      const agreed = await prompt.ask({ requirement, open, signal })
      signal.throwIfAborted()
      if (!agreed) {
        throw new StepUpError('step_up_cancelled', 'the person turned it down', requirement)
      }
      if (begun.popup) return
    }
    emit({ type: 'popup_blocked', requirement })
    if (mode === 'popup-only') {
      throw new StepUpError('popup_blocked', 'the browser opened no popup', requirement)
    }
  }

  async #run(
    begun: Omit<RunningStepUp, 'result'>,
    wish: StepUpWish,
    { session: { subject } }: Tokens,
    signal: AbortSignal,
  ): Promise<Tokens> {
    const { requirement, scope } = wish
    const { host, parking } = this.#settings
    if (!begun.popup) await this.#ensurePopup(begun, wish, signal)
    const { popup, calls } = begun
    const request = await prepareAuthorization(this.#settings, this.#provider, {
      purpose: 'step_up',
      delivery: popup ? 'popup' : 'redirect',
      requirement,
      subject,
      ...(scope === undefined ? {} : { scope }),
      beganAt: host.now(),
      returnTo: returnAddress(this.#settings),
    })
    signal.throwIfAborted()
    if (!popup) {
      const { length: parkedCalls } = parking ? calls : []
      const refused = parkedCalls && (await parking?.park(request.transaction.state, calls))
      if (refused) throw new StepUpError('call_not_kept', refused, requirement)
      signal.throwIfAborted()
      this.#settings.emit({
        type: 'redirect',
        purpose: 'step_up',
        requirement,
        ...(parkedCalls > 0 && { parkedCalls }),
      })
      await visitByRedirect(this.#settings, request)
      await parking?.forget(request.transaction.state)
      throw new StepUpError('step_up_cancelled', 'the person came back', requirement)
    }
    const answer = await visitByPopup(this.#settings, popup, request, signal)
    signal.throwIfAborted()
    if (!(answer instanceof URLSearchParams)) {
      const how = answer === 'closed' ? 'closed' : 'left open too long'
      throw new StepUpError('step_up_cancelled', `the popup was ${how}`, requirement)
    }
    const tokens = await acceptAnswer(this.#settings, this.#provider, answer, request.transaction)
    signal.throwIfAborted()
    if (this.#store.tokens?.session.subject !== subject) {
      throw new ClientError('login_required', 'the session ended during the step-up')
    }
    return this.#store.replace('step_up', tokens)
  }

  /** Wait for a step-up, which goes on for the others when this caller gives up, and ends with the last. */
  async #wait(running: RunningStepUp, signal: AbortSignal | undefined): Promise<Tokens> {
    running.waiting += 1
    const tokens = await unlessAborted(running.result, signal)
    if (tokens) return tokens
    running.waiting -= 1
    if (running.waiting === 0) running.cancel(signal?.reason)
    throw signal?.reason
  }
}

/** `undefined`: the signal came first. */
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | undefined> {
  if (!signal) return work
  if (signal.aborted) return undefined
  const listening = new AbortController()
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { signal: listening.signal })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    listening.abort()
  }
}
