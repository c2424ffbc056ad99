import type { SignUpMethod } from '@newel/policy-document'
import { type Errand, readErrand } from './errand.ts'
import { fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'
import {
  type AnswerError,
  signUpCodePage,
  signUpFirstPage,
  signUpNamePage,
  signUpPage,
} from './pages/index.ts'
import { interactionFrame, sendPage } from './send-page.ts'
import { offersSignUp } from './sign-up-offer.ts'

export type SignUp = Extract<Errand, { kind: 'sign-up' }>

/** "Create an account", wherever it stands. */
export async function showSignUp(visit: InteractionVisit): Promise<void> {
  if (!offersSignUp(visit)) return goOn(visit)
  const again = fieldOf(visit.request.query, 'again') !== undefined
  return showSignUpAt(visit, again ? undefined : signUpIn(visit))
}

export function signUpIn({ state }: InteractionVisit): SignUp | undefined {
  const errand = readErrand(state.errand)
  return errand?.kind === 'sign-up' ? errand : undefined
}

export function methodsOf({ desk }: InteractionVisit): readonly SignUpMethod[] {
  return desk.document.signUp?.methods ?? []
}

/** The page of a stage. Absent: the first. */
export async function showSignUpAt(
  visit: InteractionVisit,
  errand: SignUp | undefined,
  error?: AnswerError,
  status = 200,
  typed?: string,
): Promise<void> {
  const model = {
    ...interactionFrame(visit, addressOf(visit, 'sign-up')),
    backHref: `${addressOf(visit)}?sign-in=1`,
    ...(error === undefined ? {} : { error }),
  }
  if (errand?.stage === 'done') return goOn(visit)
  if (errand?.stage === 'code') {
    const againHref = `${addressOf(visit, 'sign-up')}?again=1`
    return sendPage(visit, signUpCodePage({ ...model, againHref }), status)
  }
  if (errand?.stage === 'first') {
    const { username, method, view } = errand
    const webauthn = method === 'passkey' ? { webauthn: { options: view } } : {}
    return sendPage(visit, signUpFirstPage({ ...model, username, ...webauthn }), status)
  }
  if (errand?.stage === 'name' || visit.desk.document.signUp?.verifyEmail === false) {
    const suggested = typed ?? errand?.email
    const page = signUpNamePage({
      ...model,
      ...(suggested === undefined ? {} : { suggested }),
      methods: methodsOf(visit),
    })
    return sendPage(visit, page, status)
  }
  return sendPage(visit, signUpPage(model), status)
}

export function toSignUp(visit: InteractionVisit): void {
  void visit.reply.redirect(addressOf(visit, 'sign-up'), 303)
}
