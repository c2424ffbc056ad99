import type { Method } from '@newel/policy'
import type { EnrolmentReason } from '../authenticators/index.ts'
import type { Credential } from '../store/index.ts'
import { type EnrolmentProgress, readEnrolment } from './enrolment-progress.ts'
import { finishRefusedAccount } from './finish.ts'
import { answerIn, fieldOf } from './form-body.ts'
import { formerAddress } from '../notices/notices.ts'
import { readerOf } from './ask-proof.ts'
import { goOn } from './go-on.ts'
import { observed } from './interaction-visit.ts'
import { nextStep } from './next-step.ts'
import { type AnswerError, answerErrorFrom } from './pages/index.ts'
import { showStep } from './show-step.ts'
import { type StepUpVisit, stepQuestion } from './step-question.ts'

/** The person chose what to set up. Nothing is begun before the fresh proof that this takes. */
export async function chooseEnrolment(visit: StepUpVisit): Promise<void> {
  const { desk, request, state } = visit
  const method = fieldOf(request.body, 'method')
  const step = nextStep(await stepQuestion(visit))
  if (method !== undefined && step.kind === 'unreachable' && step.enrollable.includes(method)) {
    await desk.states.change(state, { enrolment: { stage: 'chosen', method } })
  }
  return goOn(visit)
}

/** The first code, or what the browser made. */
export async function answerEnrolment(visit: StepUpVisit): Promise<void> {
  const { desk, request, account, now } = visit
  const begun = readEnrolment(visit.state.enrolment)
  const step = nextStep(await stepQuestion(visit))
  if (
    step.kind !== 'set_up' ||
    begun?.stage !== 'begun' ||
    begun.method !== fieldOf(request.body, 'method')
  ) {
    return goOn(visit)
  }
  const { method } = begun
  const response = answerIn(request.body, method)
  if (response === undefined) {
    return showStep(visit, undefined, { error: 'missing_answer', status: 422 })
  }
  // Taken away first, so that one question has one answer.
  const taken = await desk.states.change(visit.state, { enrolment: { stage: 'chosen', method } })
  if (taken === undefined) return goOn(visit)
  const result = await desk.authenticators
    .byMethod(method)
    ?.enrolment.finish({ account, response, state: begun.state, now, reader: readerOf(visit) })
  if (result === undefined) return goOn(visit)
  if (result.ok) return keep({ ...visit, state: taken }, result.credential)
  if (result.reason === 'unfinished') {
    const { state, view } = result
    await desk.states.change(taken, { enrolment: { stage: 'begun', method, state, view } })
    return goOn(visit)
  }
  return refuse({ ...visit, state: taken }, begun, result.reason)
}

async function keep(visit: StepUpVisit, credential: Credential): Promise<void> {
  const { desk, now, cid, account, state } = visit
  const current = await desk.store.accounts.byId(account.id)
  if (current === undefined || current.disabled) return finishRefusedAccount(visit)
  const method = methodOf(credential)
  const event = { method, at: now, request: cid, properties: { credentialId: credential.id } }
  // An event whose credential is not there proves nothing, so it may be written first.
  const noted = await desk.states.change(state, {
    enrolment: { stage: 'enrolled', method, credentialId: credential.id },
    newCsrfToken: true,
    ...(desk.document.enrolment.satisfiesPendingStepUp ? { events: [...state.events, event] } : {}),
  })
  if (noted === undefined) return goOn(visit)
  const added = await desk.store.credentials.add(credential)
  if (added === 'unknown_account') return finishRefusedAccount(visit)
  if (added === 'duplicate') {
    const back = await desk.states.settle(state.id, now, () => ({
      enrolment: { stage: 'chosen', method },
      events: state.events,
    }))
    return showStep({ ...visit, state: back }, undefined, {
      error: 'already_enrolled',
      status: 422,
    })
  }
  const seen = observed(visit)
  desk.observe({ ...seen, type: 'authenticator_enrolled', method })
  const former = formerAddress(account, visit.credentials, credential)
  if (former !== undefined) desk.notices?.addressChanged({ account, former, ...seen })
  return goOn(visit)
}

/** What the new credential can prove at best. */
function methodOf(credential: Credential): Method {
  if (credential.method !== 'webauthn') return credential.method
  return credential.data.userVerified ? 'passkey' : 'security-key'
}

async function refuse(
  visit: StepUpVisit,
  begun: Extract<EnrolmentProgress, { stage: 'begun' }>,
  reason: EnrolmentReason,
): Promise<void> {
  const { desk, now } = visit
  // The app has scanned this key already: it stays, and the next code may fit; so does the address that a letter went to. A
  // WebAuthn challenge is spent.
  const stays = begun.method === 'email-code' || (begun.method === 'totp' && reason !== 'expired')
  const state = await desk.states.settle(visit.state.id, now, ({ failedAttempts, enrolment }) => ({
    failedAttempts: isGuess(reason) ? failedAttempts + 1 : failedAttempts,
    ...(stays && readEnrolment(enrolment)?.stage === 'chosen' ? { enrolment: begun } : {}),
  }))
  const error: AnswerError = answerErrorFrom(reason, begun.method)
  return showStep({ ...visit, state }, undefined, { error, status: 422 })
}

/** Something was judged and was not right. */
function isGuess(reason: EnrolmentReason): boolean {
  const unjudged: readonly EnrolmentReason[] = ['busy', 'throttled', 'undeliverable', 'too_soon']
  return !unjudged.includes(reason)
}
