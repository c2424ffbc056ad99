import type { EpochSeconds, Requirement } from '@newel/policy'
import { ClientError, StepUpError, type StepUpErrorCode } from '../errors.ts'
import { reaches } from '../hold-answer.ts'
import { covers } from '../requirement.ts'
import { scopeValues } from '../scope-values.ts'
import { servesOneCall } from '../serves-one-call.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings, StepUpMode } from './options.ts'
import type { Provider } from './provider.ts'
import type { AskedElsewhere } from './tab-sharing.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'
import { visitByPopup, visitByRedirect } from './visit.ts'

/** One wish to step up. */
export interface StepUpWish {
  readonly requirement: Requirement
  readonly mode: StepUpMode
  readonly scope?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Since when tokens count that were not there before. */
interface Sent {
  /** What there was then. */
  readonly tokens: Tokens | undefined
  /** On this machine's clock. */
  readonly sentAt: EpochSeconds
}

/** The call that an API challenged: a session that has come to reach the requirement since then ends the wait. */
export interface ChallengedCall extends Sent {
  /** The call itself, unsent, to be kept where the page is left. */
  readonly request: Request
}

interface BegunStepUp extends AskedElsewhere {
  popup: PopupWindow | undefined
  /** The calls that wait for it. */
  readonly calls: Request[]
  readonly control: AbortController
  waiting: number
}

type RunningStepUp = BegunStepUp & {
  readonly result: Promise<Tokens>
  /** Somebody has what it came to; a proof for one call is then no other call's. */
  taken?: boolean
}

/**
 * The step-ups of this page: one at a time, shared by every call that it serves. A proof that an API lets pass once is one
 * call's; the others ask again, one after the other, until one is refused.
 */
export interface StepUps {
  /**
   * Reach a requirement. Nothing is awaited before the popup opens, so that a click still counts.
   *
   * @throws StepUpError, ClientError, or the signal's reason
   */
  readonly reach: (wish: StepUpWish, call?: ChallengedCall) => Promise<Tokens>
}

export function createStepUps(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
): StepUps {
  const { host, prompt, parking, emit } = settings
  let running: RunningStepUp | undefined

  const serves = (asked: AskedElsewhere, { requirement, scope }: StepUpWish) =>
    covers(asked.requirement, requirement, provider.order) &&
    scopeValues(scope).every((item) => scopeValues(asked.scope).includes(item))

  /** The tokens in hand, where they came after the call went out and reach what it lacked, for more calls than one. */
  const reachedSince = ({ requirement, scope }: StepUpWish, { sentAt, tokens: before }: Sent) => {
    const { tokens } = store
    return tokens &&
      tokens.accessToken !== before?.accessToken &&
      scope === undefined &&
      reaches(requirement, tokens, sentAt, host.now() + tokens.clockOffsetSeconds, provider) &&
      !servesOneCall(requirement, tokens, provider)
      ? tokens
      : undefined
  }

  const start = (wish: StepUpWish, isChallenged: boolean): RunningStepUp => {
    const { requirement, mode, scope } = wish
    const { tokens } = store
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    const asksFirst = isChallenged && prompt?.when === 'always'
    const begun: BegunStepUp = {
      requirement,
      scope,
      popup: mode === 'redirect' || asksFirst ? undefined : host.openPopup(),
      calls: [],
      control: new AbortController(),
      waiting: 0,
    }
    const result = run(begun, wish, tokens.session.subject).finally(() => {
      running = undefined
      begun.popup?.close()
    })
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    // A page that is left tells nobody how it ended.
    if (mode !== 'redirect') store.tabs?.announce(begun, result)
    return (running = Object.assign(begun, { result }))
  }

  const run = async (
    begun: BegunStepUp,
    { requirement, mode, scope }: StepUpWish,
    subject: string,
  ): Promise<Tokens> => {
    const { signal } = begun.control
    const inPopup = mode !== 'redirect'
    const failed = (code: StepUpErrorCode, message: string) =>
      new StepUpError(code, message, requirement)
    const open = () => {
      begun.popup = host.openPopup()
    }
    if (inPopup && !begun.popup && prompt) {
      emit({ type: 'prompt', requirement })
      const agreed = await prompt.ask({ requirement, open, signal })
      signal.throwIfAborted()
      if (!agreed) throw failed('step_up_cancelled', 'turned down')
    }
    if (inPopup && !begun.popup) {
      emit({ type: 'popup_blocked', requirement })
      if (mode === 'popup-only') throw failed('popup_blocked', 'no popup opened')
    }
    const { popup, calls } = begun
    const request = await prepareAuthorization(settings, provider, {
      purpose: 'step_up',
      delivery: popup ? 'popup' : 'redirect',
      requirement,
      subject,
      scope,
    })
    signal.throwIfAborted()
    if (!popup) {
      const { state } = request.transaction
      // With the page go the calls, unless there is a place for them.
      const refused = await parking?.park(state, calls)
      if (refused) throw failed('call_not_kept', refused)
      if (!signal.aborted) {
        await visitByRedirect(settings, request, parking && calls.length)
      }
      await parking?.forget(state)
      signal.throwIfAborted()
      throw failed('step_up_cancelled', 'the person came back')
    }
    const answer = await visitByPopup(settings, popup, request, signal)
    // That nobody waits any more is no failure for other tabs to share.
    signal.throwIfAborted()
    if (typeof answer === 'string') throw failed('step_up_cancelled', answer)
    const tokens = await provider.redeem(answer, request.transaction)
    signal.throwIfAborted()
    if (store.tokens?.session.subject === subject) return store.replace('step_up', tokens)
    throw new ClientError('login_required', 'nobody is logged in')
  }

  /** Wait for a step-up, which goes on for the others when this caller gives up, and ends with the last. */
  const wait = async (joined: RunningStepUp, signal: AbortSignal | undefined) => {
    joined.waiting += 1
    try {
      return await unlessAborted(joined.result, signal)
    } finally {
      joined.waiting -= 1
      if (!joined.waiting) joined.control.abort(signal?.reason)
    }
  }

  return {
    async reach(wish, call) {
      const { requirement, signal } = wish
      signal?.throwIfAborted()
      const since = call ?? { sentAt: host.now(), tokens: store.tokens }
      const elsewhere =
        !running && store.tabs?.elsewhere(requirement, (asked) => serves(asked, wish))
      if (elsewhere) {
        const failure = await unlessAborted(elsewhere, signal)
        const reached = reachedSince(wish, since)
        if (reached) return reached
        if (failure) throw failure
      }
      for (;;) {
        const reached = !running && call && reachedSince(wish, call)
        if (reached) return reached
        if (running) {
          emit({ type: 'joined', requirement })
          running.popup?.focus()
        }
        const joined = running ?? start(wish, !!call)
        // One that all have left only ends.
        const served = !joined.control.signal.aborted && serves(joined, wish)
        if (call && served) joined.calls.push(call.request)
        try {
          const tokens = await wait(joined, signal)
          if (served && !(call && joined.taken && servesOneCall(requirement, tokens, provider))) {
            joined.taken = true
            return tokens
          }
        } catch (error) {
          // The failure of another's step-up says nothing about this one.
          if (served || signal?.aborted) throw error
        }
      }
    },
  }
}

/** @throws the signal's reason, where it comes first */
function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const over = new AbortController()
  const result = new Promise<Result>((resolve, reject) => {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', () => reject(signal.reason as Error), over)
    work.then(resolve, reject)
  })
  return result.finally(() => over.abort())
}
