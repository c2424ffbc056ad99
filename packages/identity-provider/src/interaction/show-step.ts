import { type Method, plan } from '@newel/policy'
import { isFederated } from '@newel/policy-document'
import { resendSeconds } from '../authenticators/email-code/email-code-authenticator.ts'
import type { Undelivered } from '../authenticators/index.ts'
import { maskAddress } from '../mail/index.ts'
import { upstreamsFor } from '../federation/federated-methods.ts'
import { type AskedProof, askAgain, askProof } from './ask-proof.ts'
import { finishStepUp, finishUnmet } from './finish.ts'
import { goOn } from './go-on.ts'
import { pendingQuestion } from './interaction-state.ts'
import { type InteractionVisit, addressOf, observed } from './interaction-visit.ts'
import { type AskStep, type NextStep, nextStep } from './next-step.ts'
import type { PageRequirement, UpstreamLink } from './pages/index.ts'
import { chooseMethodPage, lockedPage, stepUpPage, unreachablePage } from './pages/index.ts'
import { purposeOf } from './purpose.ts'
import type { RefusedAnswer } from './refused-answer.ts'
import {
  clientNameOf,
  interactionFrame,
  pageFrame,
  requestLocale,
  sendPage,
  setRetryAfter,
} from './send-page.ts'
import { showEnrolled, showSetUp } from './show-enrolment.ts'
import { type StepUpVisit, stepQuestion } from './step-question.ts'

/** Shows where the step-up stands, or ends it. */
export async function showStep(
  visit: StepUpVisit,
  chosen?: Method,
  refused?: RefusedAnswer,
): Promise<void> {
  const step = nextStep(await stepQuestion(visit, chosen))
  switch (step.kind) {
    case 'satisfied':
      return finishStepUp(visit)
    case 'exhausted':
      return finishUnmet(visit, 'exhausted')
    case 'ask':
      return showAsk(visit, step, chosen, refused)
    case 'locked':
      return showLocked(visit, step)
    case 'unreachable':
      return showUnreachable(visit, step)
    case 'set_up':
      return showSetUp(visit, step.method, refused)
    case 'enrolled':
      return showEnrolled(visit, step.method)
  }
}

async function showAsk(
  visit: StepUpVisit,
  step: AskStep,
  chosen: Method | undefined,
  refused: RefusedAnswer | undefined,
): Promise<void> {
  const { method } = step
  const asked: AskedProof =
    refused?.undelivered === true ? { visit } : await askProof(visit, method, visit)
  const shown = refused ?? (asked.undelivered && notDelivered(asked.undelivered))
  visit.desk.observe({ ...observed(visit), type: 'proof_asked', method })
  const page = stepUpPage({
    ...interactionFrame({ ...visit, state: asked.visit.state }, addressOf(visit, '', chosen)),
    username: visit.account.username,
    method,
    requirement: pageRequirement(visit, step),
    proofs: { given: step.given, missing: step.missing },
    otherMethods: step.otherMethods,
    ...(step.otherMethods.length > 0 ? { chooseAction: addressOf(visit, 'choose') } : {}),
    ...(isLosable(visit, method) ? { lostHref: `${visit.desk.basePath}/account/lost` } : {}),
    ...(asked.view === undefined ? {} : { webauthn: { options: asked.view } }),
    ...(shown === undefined ? {} : { error: shown.error }),
    ...(shown?.attemptsLeft === undefined ? {} : { attemptsLeft: shown.attemptsLeft }),
    ...(method === 'email-code' ? { mailed: mailedTo(asked.visit, chosen, method) } : {}),
    ...(isFederated(method) ? { upstreams: upstreamLinksOf(visit, method) } : {}),
  })
  return sendPage(visit, page, shown?.status)
}

/** Whether its loss can be reported. The way there leaves this request alone, which cannot wait for so long. */
function isLosable({ desk, credentials }: StepUpVisit, method: Method): boolean {
  return (
    desk.document.recovery.lostFactor !== undefined &&
    desk.mailedCodes !== undefined &&
    (method === 'totp' ||
      ((method === 'passkey' || method === 'security-key') &&
        credentials.some((known) => known.method === 'webauthn')))
  )
}

/** Why there is no letter. */
function notDelivered(undelivered: Undelivered): RefusedAnswer {
  return undelivered === 'throttled'
    ? { error: 'too_many_letters', status: 429 }
    : { error: 'mail_not_sent', status: 503 }
}

function mailedTo(
  visit: InteractionVisit,
  chosen: Method | undefined,
  method: Method,
): { readonly to: string; readonly sent: boolean; readonly resendAction: string } {
  const credential = visit.credentials.find((known) => known.method === 'email-code')
  return {
    to: credential === undefined ? '' : maskAddress(credential.data.address),
    sent: pendingQuestion(visit.state, method) !== undefined,
    resendAction: addressOf(visit, 'resend', chosen),
  }
}

/** Another letter, where the last one is not too fresh. */
export async function resend(visit: StepUpVisit, chosen?: Method): Promise<void> {
  const step = nextStep(await stepQuestion(visit, chosen))
  if (step.kind !== 'ask' || step.method !== 'email-code') return goOn(visit, chosen)
  const standing = pendingQuestion(visit.state, step.method)
  if (standing !== undefined && visit.now < standing.at + resendSeconds) {
    setRetryAfter(visit, standing.at + resendSeconds)
    return showStep(visit, chosen, { error: 'resend_too_soon', status: 429 })
  }
  const asked = await askAgain(visit, step.method, visit)
  if (asked.undelivered === undefined) return goOn(visit, chosen)
  const refused = { ...notDelivered(asked.undelivered), undelivered: true } as const
  return showStep({ ...visit, state: asked.visit.state }, chosen, refused)
}

function upstreamLinksOf(visit: StepUpVisit, method: Method): readonly UpstreamLink[] {
  return upstreamsFor(visit.desk.document, visit.credentials, method).map(({ id, name }) => ({
    name,
    href: addressOf(visit, `upstream/${id}`, method),
  }))
}

async function showLocked(
  visit: StepUpVisit,
  step: Extract<NextStep, { kind: 'locked' }>,
): Promise<void> {
  const page = lockedPage({
    ...interactionFrame(visit, addressOf(visit, 'choose')),
    username: visit.account.username,
    method: step.method,
    lockedUntil: step.lockedUntil,
    now: visit.now,
    otherMethods: step.otherMethods,
  })
  return sendPage(visit, page)
}

async function showUnreachable(
  visit: StepUpVisit,
  step: Extract<NextStep, { kind: 'unreachable' }>,
): Promise<void> {
  // Without an offer there is nothing that the person could do here: the relying party learns it at once.
  if (step.enrollable.length === 0) return finishUnmet(visit, 'unreachable')
  const page = unreachablePage({
    ...pageFrame(visit.desk, visit.request, visit.params),
    clientName: clientNameOf(visit),
    username: visit.account.username,
    csrfToken: visit.state.csrfToken,
    cancelAction: addressOf(visit, 'give-up'),
    requirement: pageRequirement(visit, step),
    alternatives: step.alternatives,
    enrolOffer: { action: addressOf(visit, 'enrol'), methods: step.enrollable },
  })
  return sendPage(visit, page)
}

/** "Try another way": what else would do, and what is locked. */
export async function showChoice(visit: StepUpVisit): Promise<void> {
  const question = await stepQuestion(visit)
  const step = nextStep(question)
  if (step.kind !== 'ask' && step.kind !== 'locked') return showStep(visit)
  const relevant = new Set(
    plan(question.levels, question.requirement, question.record, question).flatMap(
      ({ methods }) => methods,
    ),
  )
  // The way that would be asked anyway is one of the choices: this is how a person comes back to it.
  const first = step.kind === 'ask' ? [step.missing.at(-1) ?? step.method] : []
  const page = chooseMethodPage({
    ...interactionFrame(visit, addressOf(visit, 'choose')),
    username: visit.account.username,
    requirement: pageRequirement(visit, step),
    methods: [...new Set([...first, ...step.otherMethods])],
    locked: [...question.locks]
      .filter(([method]) => relevant.has(method))
      .map(([method, until]) => ({ method, until })),
    now: visit.now,
  })
  return sendPage(visit, page)
}

function pageRequirement(
  { desk, prompt, request, params }: StepUpVisit,
  step: Extract<NextStep, { kind: 'ask' | 'locked' | 'unreachable' }>,
): PageRequirement {
  const { requirement } = prompt.stepUp
  const levelName = desk.document.levels.byAcr(step.acr)?.name ?? step.acr
  const purpose = purposeOf(
    desk.document.requirements,
    requirement,
    requestLocale(desk, request, params),
  )
  const reason = step.kind === 'locked' ? undefined : step.reason
  return {
    levelName,
    ...(purpose === undefined ? {} : { purpose }),
    ...(reason === undefined ? {} : { reason }),
    ...(requirement.maxAgeSeconds === 0 ? { everyTime: true } : {}),
  }
}
