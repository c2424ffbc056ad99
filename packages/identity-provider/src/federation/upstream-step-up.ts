import type { AuthenticationEvent, Method } from '@newel/policy'
import { isFederated } from '@newel/policy-document'
import { finishRefusedAccount } from '../interaction/finish.ts'
import { fieldOf } from '../interaction/form-body.ts'
import { goOn } from '../interaction/go-on.ts'
import { observed } from '../interaction/interaction-visit.ts'
import { type AskStep, nextStep } from '../interaction/next-step.ts'
import { expiredInteraction } from '../interaction/refusal.ts'
import { type StepUpVisit, stepQuestion } from '../interaction/step-question.ts'
import { upstreamsFor } from './federated-methods.ts'
import {
  type RedeemedAnswer,
  noteAnswer,
  noticeOf,
  redeemUpstreamAnswer,
  upstreamEvents,
} from './redeem-upstream-answer.ts'
import { acrValuesOf } from './upstream-acr-values.ts'
import { type UpstreamRequest, beginUpstreamRequest } from './upstream-request.ts'
import type { Upstream } from './upstreams.ts'

/** Forwards what is asked of a person who is signed in to an upstream that their account is linked to. */
export async function askInStepUp(visit: StepUpVisit, chosen?: Method): Promise<void> {
  const { desk, now, uid } = visit
  const step = nextStep(await stepQuestion(visit, chosen))
  // A question that does not stand any more: show the one that does.
  if (step.kind !== 'ask' || !isFederated(step.method)) return goOn(visit, chosen)
  const upstream = upstreamOf(visit, step.method)
  if (upstream === undefined) return goOn(visit, chosen)
  const maxAgeSeconds = oldestProof(visit, step)
  const url = await beginUpstreamRequest(
    { artifacts: desk.store.artifacts, random: desk.random },
    upstream,
    {
      purpose: 'step_up',
      place: uid,
      method: step.method,
      askedAt: now,
      fresh: maxAgeSeconds === 0,
      maxAgeSeconds,
      acrValues: acrValuesOf(upstream.config, step.method),
    },
  )
  if (url === undefined) return goOn(visit, chosen, 'upstream_unavailable')
  desk.observe({ ...observed(visit), type: 'proof_asked', method: step.method })
  void visit.reply.redirect(url.href, 303)
}

function upstreamOf(visit: StepUpVisit, method: Method): Upstream | undefined {
  const id = fieldOf(visit.request.params, 'upstream')
  const linked = upstreamsFor(visit.desk.document, visit.credentials, method)
  return linked.some((config) => config.id === id) ? visit.desk.upstreams.byId(id ?? '') : undefined
}

/** How old the upstream's proof may be, in seconds. `0`: made for this request. */
function oldestProof(
  { desk, prompt }: StepUpVisit,
  { acr, method, forEnrolment }: AskStep,
): number {
  const { requirement, onlyThisRequest } = prompt.stepUp
  // What is set up on the way takes a proof of this very request.
  if (onlyThisRequest || forEnrolment) return 0
  const { levels } = desk.document
  return Math.min(
    levels.lifetimeSeconds(acr) ?? 0,
    levels.methodLifetimeSeconds(method),
    requirement.maxAgeSeconds ?? Infinity,
  )
}

/** A person who was sent to an upstream in a step-up is back. */
export async function answerInStepUp(visit: StepUpVisit): Promise<void> {
  const { desk, request, uid, now } = visit
  const place = { purpose: 'step_up', place: uid } as const
  const redeemed = await redeemUpstreamAnswer(desk, request, place, now)
  if (redeemed.kind === 'stray') throw expiredInteraction()
  const method = redeemed.asked.method ?? 'federated'
  if (redeemed.kind === 'refused') {
    const { reason } = redeemed
    desk.observe({ ...observed(visit), type: 'proof_refused', method, reason })
    if (reason === 'unmet') await spend(visit, method)
    return goOn(visit, reason === 'unmet' ? undefined : method, noticeOf(reason))
  }
  return accept(visit, redeemed, method)
}

async function accept(
  visit: StepUpVisit,
  redeemed: Extract<RedeemedAnswer, { kind: 'answered' }>,
  method: Method,
): Promise<void> {
  const { upstream, asked, judged } = redeemed
  const { desk, account, credentials, cid, now } = visit
  const { issuer } = upstream.config
  const credential = credentials.find(
    (known) =>
      known.method === 'federated' &&
      known.data.issuer === issuer &&
      known.data.subject === judged.subject,
  )
  // Whoever answers, the session stays the first person's.
  if (credential === undefined) {
    desk.observe({ ...observed(visit), type: 'proof_refused', method, reason: 'different_user' })
    return goOn(visit, method, 'different_user')
  }
  const current = await desk.store.accounts.byId(account.id)
  if (current === undefined || current.disabled) return finishRefusedAccount(visit)
  await noteAnswer(desk.store.credentials, redeemed, credential.id, now)
  const events = upstreamEvents(judged, credential.id, cid)
  if (!isWhatWasAsked(events, asked, method, now)) {
    desk.observe({ ...observed(visit), type: 'proof_refused', method, reason: 'insufficient' })
    await spend(visit, method)
    return goOn(visit, undefined, 'upstream_insufficient')
  }
  await desk.states.settle(visit.state.id, now, (state) => ({
    events: [...state.events, ...events],
    newCsrfToken: true,
  }))
  desk.observe({ ...observed(visit), type: 'proof_accepted', method })
  return goOn(visit)
}

function isWhatWasAsked(
  events: readonly AuthenticationEvent[],
  { fresh, maxAgeSeconds }: UpstreamRequest,
  method: Method,
  now: number,
): boolean {
  return events.some(
    (event) =>
      event.method === method &&
      (fresh ? event.request !== undefined : now - event.at <= maxAgeSeconds),
  )
}

/** It is not asked again in this request: to the same question it would give the same answer. */
async function spend({ desk, state, now }: StepUpVisit, method: Method): Promise<void> {
  await desk.states.settle(state.id, now, ({ spent = [], failedAttempts }) => ({
    spent: [...new Set([...spent, method])],
    failedAttempts: failedAttempts + 1,
  }))
}
