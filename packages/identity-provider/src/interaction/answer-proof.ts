import type { AuthenticationEvent, Method } from '@newel/policy'
import type { Authenticator, VerificationReason } from '../authenticators/index.ts'
import type { Json } from '../store/index.ts'
import { takeQuestion } from './ask-proof.ts'
import { type AttemptKeys, type CountedAttempt, accountKey, addressKey } from './attempts.ts'
import { finishRefusedAccount, finishStepUp } from './finish.ts'
import { answerIn, fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import { observed } from './interaction-visit.ts'
import { nextStep } from './next-step.ts'
import { type AnswerError, answerErrorFrom } from './pages/index.ts'
import type { RefusedAnswer } from './refused-answer.ts'
import { setRetryAfter } from './send-page.ts'
import { showStep } from './show-step.ts'
import { type StepUpVisit, stepQuestion } from './step-question.ts'

/** An answer to the step-up page. */
export async function answerProof(visit: StepUpVisit, chosen?: Method): Promise<void> {
  const { desk, request, now } = visit
  const method = fieldOf(request.body, 'method')
  const step = nextStep(await stepQuestion(visit, chosen))
  const authenticator = method === undefined ? undefined : desk.authenticators.byMethod(method)
  // An answer to a question that does not stand any more: show the one that does.
  if (step.kind !== 'ask' || step.method !== method || authenticator === undefined) {
    return goOn(visit, chosen)
  }
  const response = answerIn(request.body, method)
  if (response === undefined) {
    return showStep(visit, chosen, { error: 'missing_answer', status: 422 })
  }
  const keys: AttemptKeys = {
    person: accountKey(visit.account.id, method),
    address: addressKey(request.ip),
  }
  const counted = await desk.attempts.count(keys, now)
  if (counted.kind === 'throttled') {
    setRetryAfter(visit, counted.until)
    return showStep(visit, chosen, { error: 'throttled', status: 429 })
  }
  if (counted.kind === 'locked') return goOn(visit, method)
  const judged = await judge(visit, authenticator, method, response)
  if (judged.ok) {
    await desk.attempts.forgive(keys)
    return accept(visit, judged.event, chosen)
  }
  return refuse(visit, { method, chosen, keys, counted, ...judged })
}

type Judged =
  | { readonly ok: true; readonly event: AuthenticationEvent }
  | { readonly ok: false; readonly reason: VerificationReason; readonly error: AnswerError }

async function judge(
  visit: StepUpVisit,
  authenticator: Authenticator,
  method: Method,
  response: Json,
): Promise<Judged> {
  const { account, credentials, now, cid } = visit
  const question = await takeQuestion(visit, method)
  if (question.kind === 'gone') {
    return { ok: false, reason: 'expired', error: answerErrorFrom('expired', method) }
  }
  const verification = await authenticator.verify({
    account,
    credentials,
    method,
    response,
    now,
    ...(question.kind === 'taken' ? { state: question.asked } : {}),
  })
  if (!verification.ok) {
    const { reason } = verification
    const foreign = reason === 'unknown_credential' && (await isOfAnother(visit, response))
    const error = foreign ? 'different_user' : answerErrorFrom(reason, method)
    return { ok: false, reason, error }
  }
  // Whoever answers, the session stays the first person's; authenticators hold to it too.
  if (verification.accountId !== account.id) {
    return { ok: false, reason: 'unknown_credential', error: 'different_user' }
  }
  return { ok: true, event: { ...verification.event, at: now, request: cid } }
}

async function isOfAnother({ desk, account }: StepUpVisit, response: Json): Promise<boolean> {
  const id = fieldOf(response, 'id')
  const credential = id === undefined ? undefined : await desk.store.credentials.byWebAuthnId(id)
  return credential !== undefined && credential.accountId !== account.id
}

async function accept(
  visit: StepUpVisit,
  event: AuthenticationEvent,
  chosen: Method | undefined,
): Promise<void> {
  const { desk, now, account } = visit
  const current = await desk.store.accounts.byId(account.id)
  if (current === undefined || current.disabled) return finishRefusedAccount(visit)
  const state = await desk.states.settle(visit.state.id, now, ({ events }) => ({
    events: [...events, event],
    newCsrfToken: true,
  }))
  desk.observe({ ...observed(visit), type: 'proof_accepted', method: event.method })
  // A way of several proofs is followed to its end; one that is done needs no naming any more.
  const still = chosen === event.method ? undefined : chosen
  const proved = { ...visit, state }
  const { kind } = nextStep(await stepQuestion(proved, still))
  // By far the most frequent end, without a page in between that nobody sees.
  return kind === 'satisfied' ? finishStepUp(proved) : goOn(visit, still)
}

async function refuse(
  visit: StepUpVisit,
  refused: {
    readonly method: Method
    readonly chosen: Method | undefined
    readonly keys: AttemptKeys
    readonly counted: Extract<CountedAttempt, { kind: 'counted' }>
    readonly reason: VerificationReason
    readonly error: AnswerError
  },
): Promise<void> {
  const { desk, now } = visit
  const { method, chosen, keys, counted, reason, error } = refused
  desk.observe({ ...observed(visit), type: 'proof_refused', method, reason })
  if (!isFailure(reason)) {
    await desk.attempts.takeBack(keys, counted, now)
    return showRefused(visit, chosen, { error, status: reason === 'busy' ? 503 : 422 })
  }
  await desk.attempts.failed(keys, now)
  await desk.states.settle(visit.state.id, now, ({ failedAttempts }) => ({
    failedAttempts: failedAttempts + 1,
  }))
  const { lockedUntil, attemptsLeft } = counted
  if (lockedUntil !== undefined) {
    desk.observe({ ...observed(visit), type: 'method_locked', method, lockedUntil })
    return goOn(visit, method)
  }
  return showRefused(visit, chosen, { error, attemptsLeft, status: 422 })
}

/** Not judged, or judged to be an answer to something else: nobody guessed. */
export function isFailure(reason: VerificationReason): boolean {
  return reason !== 'busy' && reason !== 'expired'
}

async function showRefused(
  visit: StepUpVisit,
  chosen: Method | undefined,
  refused: RefusedAnswer,
): Promise<void> {
  const state = await visit.desk.states.reload(visit.state.id, visit.now)
  // The same form was sent twice at once, and the other was right.
  if (state.csrfToken !== visit.state.csrfToken) return goOn(visit, chosen)
  return showStep({ ...visit, state }, chosen, refused)
}
