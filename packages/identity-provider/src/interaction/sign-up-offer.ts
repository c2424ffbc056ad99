import type { Json } from '../store/index.ts'
import { readEnrolment } from './enrolment-progress.ts'
import { readErrand } from './errand.ts'
import { expectedSubject } from './expected-subject.ts'
import { fieldOf } from './form-body.ts'
import type { InteractionVisit } from './interaction-visit.ts'

/** Not beside a request for somebody, who has an account, and once for a request. */
export function offersSignUp(visit: InteractionVisit): boolean {
  const { desk } = visit
  const { signUp } = desk.document
  return (
    signUp !== undefined &&
    (!signUp.verifyEmail || desk.mailedCodes !== undefined) &&
    expectedSubject(visit) === undefined &&
    madeIn(visit) === undefined
  )
}

/** `prompt=create`: the sign-up comes first; "I have an account" leads to the login page. */
export function startsWithSignUp(visit: InteractionVisit): boolean {
  const { prompt, request, state } = visit
  return (
    prompt.name === 'login' &&
    prompt.create === true &&
    offersSignUp(visit) &&
    readErrand(state.errand)?.stage !== 'done' &&
    fieldOf(request.query, 'sign-in') === undefined &&
    // What became of another way to sign in is told on the login page.
    fieldOf(request.query, 'notice') === undefined
  )
}

/** The first authenticator of an account that was made in this request; noted apart, so that no other errand forgets it. */
function madeIn({ state }: InteractionVisit): string | undefined {
  const progress = readEnrolment(state.enrolment)
  return progress?.stage === 'enrolled' ? progress.credentialId : undefined
}

/** Notes of a proof that what it was made with was made in this very request. */
export function madeHere(
  visit: InteractionVisit,
  credentialId: Json | undefined,
): { readonly madeIn?: string } {
  return credentialId !== undefined && madeIn(visit) === credentialId ? { madeIn: visit.cid } : {}
}
