import type { Method } from '@newel/policy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerAtLogin, askAtLogin } from '../federation/upstream-login.ts'
import { answerInStepUp, askInStepUp } from '../federation/upstream-step-up.ts'
import { answerEnrolment, chooseEnrolment } from './answer-enrolment.ts'
import { answerProof } from './answer-proof.ts'
import { answerSignUp } from './answer-sign-up.ts'
import { acceptConsent, showConsent } from './consent.ts'
import { readEnrolment } from './enrolment-progress.ts'
import { finishCancelled, finishRefusedAccount, finishUnmet } from './finish.ts'
import { checkForm, fieldOf, methodIn } from './form-body.ts'
import { goOn } from './go-on.ts'
import type { InteractionDependencies } from './interaction-dependencies.ts'
import {
  type InteractionDesk,
  type InteractionVisit,
  createDesk,
  openVisit,
} from './interaction-visit.ts'
import { inSpan } from '../operations/tracing.ts'
import { answerLogin, showLogin } from './login.ts'
import { Refusal } from './refusal.ts'
import { answerReset, showReset } from './reset-password.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { sendErrorPage } from './send-page.ts'
import { resend, showChoice, showStep } from './show-step.ts'
import { showSignUp } from './show-sign-up.ts'
import { startsWithSignUp } from './sign-up-offer.ts'
import type { StepUpVisit } from './step-question.ts'
import { upstreamNotice } from './upstream-notice.ts'

export type { InteractionDependencies } from './interaction-dependencies.ts'

type Handler = (visit: InteractionVisit, chosen: Method | undefined) => Promise<void>
type StepUpHandler = (visit: StepUpVisit, chosen: Method | undefined) => Promise<void>

/** The pages of login, step-up, enrolment and consent, below the path of the issuer. */
export function registerInteractionRoutes(
  app: FastifyInstance,
  dependencies: InteractionDependencies,
): void {
  const desk = createDesk(dependencies)
  const path = `${desk.basePath}/interaction/:uid`
  const get = (address: string, handler: Handler): void => {
    app.get(address, async (request, reply) => visited(desk, request, reply, handler))
  }
  const post = (address: string, handler: Handler): void => {
    app.post(address, async (request, reply) =>
      visited(desk, request, reply, async (visit, chosen) => {
        checkForm(visit)
        return handler(visit, chosen)
      }),
    )
  }
  get(path, show)
  post(path, answer)
  get(`${path}/choose`, inStepUp(showChoice))
  post(`${path}/choose`, inStepUp(choose))
  get(`${path}/upstream/:upstream`, askUpstream)
  get(`${path}/upstream/:upstream/return`, answerUpstream)
  post(`${path}/cancel`, finishCancelled)
  post(
    `${path}/give-up`,
    inStepUp(async (visit) => finishUnmet(visit, 'unreachable')),
  )
  post(`${path}/resend`, inStepUp(resend))
  get(`${path}/sign-up`, atSignIn(showSignUp))
  post(`${path}/sign-up`, atSignIn(answerSignUp))
  get(`${path}/reset`, atSignIn(showReset))
  post(`${path}/reset`, atSignIn(answerReset))
  post(`${path}/enrol`, inStepUp(chooseEnrolment))
  post(`${path}/enrol/answer`, inStepUp(answerEnrolment))
}

async function show(visit: InteractionVisit, chosen: Method | undefined): Promise<void> {
  if (startsWithSignUp(visit)) return showSignUp(visit)
  if (visit.prompt.name === 'login') return showLogin(visit, undefined, upstreamNotice(visit))
  if (isUnusable(visit)) return finishRefusedAccount(visit)
  if (visit.prompt.name === 'consent') return showConsent(visit)
  return inStepUp(async (step, method) => showStep(step, method, upstreamNotice(step)))(
    visit,
    chosen,
  )
}

async function askUpstream(visit: InteractionVisit, chosen: Method | undefined): Promise<void> {
  if (visit.prompt.name === 'login') return askAtLogin(visit)
  return inStepUp(askInStepUp)(visit, chosen)
}

async function answerUpstream(visit: InteractionVisit, chosen: Method | undefined): Promise<void> {
  if (visit.prompt.name === 'login') return answerAtLogin(visit)
  return inStepUp(answerInStepUp)(visit, chosen)
}

async function answer(visit: InteractionVisit, chosen: Method | undefined): Promise<void> {
  if (visit.prompt.name === 'login') return answerLogin(visit)
  if (isUnusable(visit)) return finishRefusedAccount(visit)
  if (visit.prompt.name === 'consent') return acceptConsent(visit)
  return inStepUp(answerStep)(visit, chosen)
}

async function answerStep(visit: StepUpVisit, chosen: Method | undefined): Promise<void> {
  // "Continue" on the page after something was set up, which does not count for this request.
  const enrolled = readEnrolment(visit.state.enrolment)?.stage === 'enrolled'
  return enrolled && !visit.desk.document.enrolment.satisfiesPendingStepUp
    ? finishUnmet(visit, 'enrolled')
    : answerProof(visit, chosen)
}

/** "Try another way" comes without a method, a choice with one. */
async function choose(visit: StepUpVisit): Promise<void> {
  const method = methodIn(visit.request.body)
  return method === undefined ? showChoice(visit) : goOn(visit, method)
}

/** Where nobody is asked to sign in there is nothing to do beside it. */
function atSignIn(handler: Handler): Handler {
  return async (visit, chosen) =>
    visit.prompt.name === 'login' ? handler(visit, chosen) : goOn(visit)
}

/** The other prompts have no such steps: back to the page that they do have. */
function inStepUp(handler: StepUpHandler): Handler {
  return async (visit, chosen) => {
    if (isUnusable(visit)) return finishRefusedAccount(visit)
    return isStepUp(visit) ? handler(visit, chosen) : goOn(visit)
  }
}

function isStepUp(visit: InteractionVisit): visit is StepUpVisit {
  return (
    visit.prompt.name === 'step_up' && visit.session !== undefined && visit.account !== undefined
  )
}

/** Disabled or removed since the session began. */
function isUnusable({ prompt, account }: InteractionVisit): boolean {
  return prompt.name !== 'login' && account?.disabled !== false
}

async function visited(
  desk: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
  handler: Handler,
): Promise<FastifyReply> {
  try {
    const visit = await openVisit(desk, request, reply, fieldOf(request.params, 'uid') ?? '')
    const about = { 'newel.prompt': visit.prompt.name, 'newel.client_id': visit.client.id }
    await inSpan('interaction', about, async () => handler(visit, methodIn(request.query)))
  } catch (error) {
    // The application logs what was not expected, and shows it under a reference.
    if (!(error instanceof Refusal)) {
      setSecurityHeaders(reply, undefined)
      throw error
    }
    sendErrorPage(desk, reply, error.page, error.status)
  }
  return reply
}
