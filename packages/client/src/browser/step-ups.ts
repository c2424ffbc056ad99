import type { EpochSeconds, Requirement } from '@newel/policy'
import { defined } from '../defined.ts'
import { ClientError, StepUpError } from '../errors.ts'
import { type AnswerRules, reaches } from '../hold-answer.ts'
import { orderFor } from '../judge-answer.ts'
import { covers } from '../requirement.ts'
import { scopeValues } from '../scope-values.ts'
import { servesOneCall } from '../serves-one-call.ts'
import { acceptAnswer } from './accept-answer.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings, StepUpMode } from './options.ts'
import type { Provider } from './provider.ts'
import { returnAddress } from './return-address.ts'
import type { AskedElsewhere } from './tab-sharing.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'
import { visitByPopup, visitByRedirect } from './visit.ts'

/** One wish to step up. */
export interface StepUpWish {
  readonly requirement: Requirement
  readonly mode: StepUpMode
  readonly scope?: string | undefined
  readonly signal?: AbortSignal | undefined
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

export interface StepUpJudgement {
  /** The order of the provider's levels, and how far its clock may be off. */
  readonly rules: () => AnswerRules
  /** Hold tokens to what was asked, before they replace any. */
  readonly hold: (transaction: Transaction, tokens: Tokens) => void
}

export function createStepUps(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  { rules, hold }: StepUpJudgement,
): StepUps {
  const { host, prompt, parking, emit } = settings
  let running: RunningStepUp | undefined

  const serves = (asked: AskedElsewhere, { requirement, scope }: StepUpWish) => {
    const scopes = scopeValues(asked.scope)
    return (
      covers(asked.requirement, requirement, orderFor(rules().order)) &&
      scopeValues(scope).every((item) => scopes.includes(item))
    )
  }

  /** The tokens in hand, where they came after the call went out and reach what it lacked, for more calls than one. */
  const reachedSince = (
    { requirement, scope }: StepUpWish,
    sentAt: EpochSeconds,
    sentWith: Tokens | undefined,
  ) => {
    const { tokens } = store
    return tokens &&
      tokens.accessToken !== sentWith?.accessToken &&
      scope === undefined &&
      reaches(requirement, tokens, sentAt, host.now() + tokens.clockOffsetSeconds, rules()) &&
      !servesOneCall(requirement, tokens, rules())
      ? tokens
      : undefined
  }

  const start = (wish: StepUpWish, call: ChallengedCall | undefined): RunningStepUp => {
    const { requirement, mode, scope } = wish
    const { tokens } = store
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    const asksFirst = call && prompt?.when === 'always'
    const begun: BegunStepUp = {
      requirement,
      ...defined({ scope }),
      popup: mode === 'redirect' || asksFirst ? undefined : host.openPopup(),
      calls: call ? [call.request] : [],
      control: new AbortController(),
      waiting: 0,
    }
    const result = run(begun, wish, tokens).finally(() => {
      running = undefined
      begun.popup?.close()
    })
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    // A page that is left tells nobody how it ended.
    if (mode !== 'redirect') store.tabs?.announce(begun, result)
    return (running = Object.assign(begun, { result }))
  }

  /** See to a popup that did not open with the click, where one is wanted. */
  const ensurePopup = async (begun: BegunStepUp, { requirement, mode }: StepUpWish) => {
    const { signal } = begun.control
    if (prompt) {
      emit({ type: 'prompt', requirement })
      const open = () => {
        begun.popup = host.openPopup()
      }
      const agreed = await prompt.ask({ requirement, open, signal })
      signal.throwIfAborted()
      if (!agreed) throw new StepUpError('step_up_cancelled', 'turned down', requirement)
      if (begun.popup) return
    }
    emit({ type: 'popup_blocked', requirement })
    if (mode === 'popup-only') {
      throw new StepUpError('popup_blocked', 'no popup opened', requirement)
    }
  }

  const run = async (
    begun: BegunStepUp,
    wish: StepUpWish,
    { session: { subject } }: Tokens,
  ): Promise<Tokens> => {
    const { requirement, mode, scope } = wish
    const { signal } = begun.control
    if (!begun.popup && mode !== 'redirect') await ensurePopup(begun, wish)
    const { popup, calls } = begun
    const request = await prepareAuthorization(settings, provider, {
      purpose: 'step_up',
      delivery: popup ? 'popup' : 'redirect',
      requirement,
      subject,
      scope,
      beganAt: host.now(),
      returnTo: returnAddress(settings),
    })
    signal.throwIfAborted()
    if (!popup) {
      const { state } = request.transaction
      const { length: parkedCalls } = parking ? calls : []
      const refused = parkedCalls && (await parking?.park(state, calls))
      if (refused) throw new StepUpError('call_not_kept', refused, requirement)
      signal.throwIfAborted()
      emit({
        type: 'redirect',
        purpose: 'step_up',
        requirement,
        ...(parkedCalls && { parkedCalls }),
      })
      await visitByRedirect(settings, request)
      await parking?.forget(state)
      throw new StepUpError('step_up_cancelled', 'the person came back', requirement)
    }
    const answer = await visitByPopup(settings, popup, request, signal)
    signal.throwIfAborted()
    if (typeof answer === 'string') {
      throw new StepUpError('step_up_cancelled', `the popup: ${answer}`, requirement)
    }
    const tokens = await acceptAnswer(settings, provider, answer, request.transaction, hold)
    signal.throwIfAborted()
    if (store.tokens?.session.subject === subject) return store.replace('step_up', tokens)
    throw new ClientError('login_required', 'the session is over')
  }

  /** Wait for a step-up, which goes on for the others when this caller gives up, and ends with the last. */
  const wait = async (joined: RunningStepUp, signal: AbortSignal | undefined) => {
    joined.waiting += 1
    try {
      return await unlessAborted(joined.result, signal)
    } finally {
      joined.waiting -= 1
      if (joined.waiting === 0) joined.control.abort(signal?.reason)
    }
  }

  return {
    async reach(wish, call) {
      const { requirement, signal } = wish
      signal?.throwIfAborted()
      const { sentAt, tokens: sentWith } = call ?? { sentAt: host.now(), tokens: store.tokens }
      const elsewhere = running
        ? undefined
        : store.tabs?.elsewhere(requirement, (asked) => serves(asked, wish))
      if (elsewhere) {
        const failure = await unlessAborted(elsewhere, signal)
        const reached = reachedSince(wish, sentAt, sentWith)
        if (reached) return reached
        if (failure) throw failure
      }
      for (;;) {
        let joined = running
        if (joined) {
          if (call && serves(joined, wish)) joined.calls.push(call.request)
          emit({ type: 'joined', requirement })
          joined.popup?.focus()
        } else {
          const reached = call && reachedSince(wish, sentAt, sentWith)
          if (reached) return reached
          joined = start(wish, call)
        }
        const served = serves(joined, wish)
        try {
          const tokens = await wait(joined, signal)
          if (served && !(call && joined.taken && servesOneCall(requirement, tokens, rules()))) {
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
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (!signal) return work
  signal.throwIfAborted()
  const listening = new AbortController()
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { signal: listening.signal })
  })
  try {
    await Promise.race([work, aborted])
    signal.throwIfAborted()
    return await work
  } finally {
    listening.abort()
  }
}
