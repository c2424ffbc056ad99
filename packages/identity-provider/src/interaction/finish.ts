import type { Requirement } from '@newel/policy'
import type { InteractionResults } from 'oidc-provider'
import type { UnmetCause } from '../provider-event.ts'
import type { InteractionResult } from '../session/interaction-result.ts'
import { type InteractionVisit, observed, provedHere } from './interaction-visit.ts'

/** Ends the interaction and sends the browser back to the authorization request. */
async function finish(
  { desk, request, reply }: InteractionVisit,
  result: InteractionResult | { readonly error: string; readonly error_description: string },
  mergeWithLastSubmission: boolean,
): Promise<void> {
  const returnTo = await desk
    .provider()
    .interactionResult(request.raw, reply.raw, { ...result } satisfies InteractionResults, {
      mergeWithLastSubmission,
    })
  void reply.redirect(returnTo, 303)
}

export async function finishLogin(
  visit: InteractionVisit,
  result: Required<Pick<InteractionResult, 'login' | 'proved'>>,
): Promise<void> {
  const { prompt } = visit
  const created = prompt.name === 'login' && prompt.create === true ? { create: {} } : {}
  await finish(visit, { ...result, ...created }, true)
}

export async function finishStepUp(visit: InteractionVisit): Promise<void> {
  const events = [...visit.provedBefore, ...provedHere(visit)]
  await finish(visit, { step_up: { done: true }, proved: { events } }, true)
}

export async function finishConsent(visit: InteractionVisit, grantId: string): Promise<void> {
  await finish(visit, { consent: { grantId } }, true)
}

/** The proofs of this interaction are discarded: the session stays as it was. */
export async function finishCancelled(visit: InteractionVisit): Promise<void> {
  const { prompt } = visit
  visit.desk.observe({
    ...observed(visit),
    type: 'cancelled',
    ...(prompt.name === 'step_up' && { requirement: prompt.stepUp.requirement }),
  })
  await refuse(visit, 'access_denied', 'the user cancelled the authentication')
}

export async function finishRefusedAccount(visit: InteractionVisit): Promise<void> {
  await refuse(visit, 'access_denied', 'the account cannot be used')
}

export async function finishUnmet(
  visit: InteractionVisit,
  cause: keyof typeof descriptions,
): Promise<void> {
  const requirement: Requirement =
    visit.prompt.name === 'step_up' ? visit.prompt.stepUp.requirement : { acrValues: [] }
  const prompt = visit.prompt.name
  visit.desk.observe({ ...observed(visit), type: 'unmet', requirement, prompt, cause })
  await refuse(visit, 'unmet_authentication_requirements', descriptions[cause])
}

const descriptions = {
  unreachable: 'nothing that is set up for the user reaches the requested authentication',
  exhausted: 'too many wrong answers',
  enrolled: 'an authenticator was set up; try again',
} satisfies Partial<Record<UnmetCause, string>>

async function refuse(visit: InteractionVisit, error: string, description: string): Promise<void> {
  await finish(visit, { error, error_description: description }, false)
}
