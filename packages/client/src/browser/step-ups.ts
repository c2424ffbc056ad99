import type { EpochSeconds, Requirement } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { judgeAnswer, orderFor } from '../judge-answer.ts'
import { covers } from '../requirement.ts'
import { acceptAnswer } from './accept-answer.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings, StepUpMode } from './options.ts'
import type { Provider } from './provider.ts'
import { returnAddress } from './return-address.ts'
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
  readonly tokens: Tokens
  /** On this machine's clock. */
  readonly sentAt: EpochSeconds
}

interface RunningStepUp {
  readonly requirement: Requirement
  readonly scope: string
  readonly result: Promise<Tokens>
  readonly popup: PopupWindow | undefined
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
    for (;;) {
      const running = this.#running
      if (!running) {
        const reached = call && this.#reachedSince(wish, call)
        return reached ?? (await this.#wait(this.#start(wish), wish.signal))
      }
      const served = this.#serves(running, wish)
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

  #serves(running: RunningStepUp, { requirement, scope = '' }: StepUpWish): boolean {
    const asked = running.scope.split(' ')
    const order = orderFor(this.#provider.metadata?.order, requirement)
    return (
      covers(running.requirement, requirement, order) &&
      scope.split(' ').every((item) => item === '' || asked.includes(item))
    )
  }

  /** The tokens in hand, where they came after the call went out and reach what it lacked. */
  #reachedSince({ requirement, scope }: StepUpWish, call: ChallengedCall): Tokens | undefined {
    const { tokens } = this.#store
    if (!tokens || tokens.accessToken === call.tokens.accessToken || scope !== undefined) {
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

  #start(wish: StepUpWish): RunningStepUp {
    const { host, emit } = this.#settings
    const { requirement, mode, scope = '' } = wish
    const { tokens } = this.#store
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    const popup = mode === 'redirect' ? undefined : host.openPopup()
    if (mode !== 'redirect' && !popup) {
      emit({ type: 'popup_blocked', requirement })
      if (mode === 'popup-only') {
        throw new StepUpError('popup_blocked', 'the browser opened no popup', requirement)
      }
    }
    const abort = new AbortController()
    const result = this.#run(wish, tokens, popup, abort.signal).finally(() => {
      this.#running = undefined
      popup?.close()
    })
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    const cancel = (reason: unknown) => abort.abort(reason)
    this.#running = { requirement, scope, result, popup, cancel, waiting: 0 }
    return this.#running
  }

  async #run(
    { requirement, scope }: StepUpWish,
    { session: { subject } }: Tokens,
    popup: PopupWindow | undefined,
    signal: AbortSignal,
  ): Promise<Tokens> {
    const { host } = this.#settings
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
      this.#settings.emit({ type: 'redirect', purpose: 'step_up', requirement })
      await visitByRedirect(this.#settings, request)
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
    if (!signal) return running.result
    const listening = new AbortController()
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { signal: listening.signal })
    })
    try {
      const tokens = await Promise.race([running.result, aborted])
      if (tokens) return tokens
      running.waiting -= 1
      if (running.waiting === 0) running.cancel(signal.reason)
      throw signal.reason
    } finally {
      listening.abort()
    }
  }
}
