import type { AuthenticationEvent } from '@newel/policy'
import { emailCredential } from '../authenticators/email-code/email-credential.ts'
import type { Account, Credential } from '../store/index.ts'
import { finishLogin } from './finish.ts'
import { answerIn } from './form-body.ts'
import { goOn } from './go-on.ts'
import { type InteractionVisit, observed } from './interaction-visit.ts'
import { answerErrorFrom } from './pages/index.ts'
import { type SignUp, showSignUpAt, toSignUp } from './show-sign-up.ts'

type First = Extract<SignUp, { stage: 'first' }>

/** Sets up what the account is to begin with. */
export async function beginFirst(
  visit: InteractionVisit,
  first: Pick<First, 'username' | 'accountId' | 'method' | 'email'>,
): Promise<First> {
  const { desk, now } = visit
  const { method } = first
  const asked = await desk.authenticators
    .byMethod(method)
    ?.enrolment.begin({ account: accountOf(first, now), credentials: [], now, method })
  return {
    kind: 'sign-up',
    stage: 'first',
    ...first,
    asked: asked?.state ?? null,
    view: asked?.view ?? null,
  }
}

function accountOf(
  { accountId, username, email }: Pick<First, 'username' | 'accountId' | 'email'>,
  now: number,
): Account {
  return {
    id: accountId,
    username,
    ...(email === undefined ? {} : { email }),
    disabled: false,
    createdAt: now,
  }
}

/** The account is made with what was set up, and not before. */
export async function answerFirst(visit: InteractionVisit, errand: First): Promise<void> {
  const { desk, now, request } = visit
  const { method } = errand
  const response = answerIn(request.body, method)
  if (response === undefined) return showSignUpAt(visit, errand, 'missing_answer', 422)
  const account = accountOf(errand, now)
  const result = await desk.authenticators
    .byMethod(method)
    ?.enrolment.finish({ account, response, state: errand.asked, now })
  if (result?.ok !== true) return refuse(visit, errand, result?.reason ?? 'expired')
  // One account, whoever sends this form twice.
  const taken = await desk.states.change(visit.state, {
    errand: { kind: 'sign-up', stage: 'done' },
    enrolment: { stage: 'enrolled', method, credentialId: result.credential.id },
    newCsrfToken: true,
  })
  if (taken === undefined) return toSignUp(visit)
  const created = await create(visit, account, result.credential)
  if (created === 'username_taken' || created === 'duplicate') {
    const email = errand.email === undefined ? {} : { email: errand.email }
    const back: SignUp = { kind: 'sign-up', stage: 'name', ...email }
    const state = await desk.states.settle(taken.id, now, () => ({
      errand: back,
      enrolment: 'none',
    }))
    const error = created === 'duplicate' ? 'already_enrolled' : created
    return showSignUpAt({ ...visit, state }, back, error, 422, errand.username)
  }
  desk.observe({ ...observed(visit, account.id), type: 'account_created' })
  return method === 'password' ? enter(visit, account.id, result.credential) : goOn(visit)
}

async function refuse(
  visit: InteractionVisit,
  errand: First,
  reason: Parameters<typeof answerErrorFrom>[0] | 'unfinished',
): Promise<void> {
  const { desk, now, state } = visit
  const error = answerErrorFrom(reason === 'unfinished' ? 'malformed' : reason, errand.method)
  const status = reason === 'busy' ? 503 : 422
  if (errand.method === 'password') return showSignUpAt(visit, errand, error, status)
  // A challenge is answered once.
  const next = await beginFirst(visit, errand)
  const anew = await desk.states.settle(state.id, now, () => ({ errand: next }))
  return showSignUpAt({ ...visit, state: anew }, next, error, status)
}

/** `username_taken`: by somebody else meanwhile. `duplicate`: the passkey is one that somebody has. */
async function create(
  { desk, now }: InteractionVisit,
  account: Account,
  credential: Credential,
): Promise<'created' | 'username_taken' | 'duplicate'> {
  const { email } = account
  return desk.store.accounts.createWith(account, [
    credential,
    ...(email === undefined ? [] : [emailCredential(desk.random, account.id, email, now)]),
  ])
}

/** Who has just chosen a password knows it. A passkey is used once before it counts: making one shows nothing of that. */
async function enter(
  visit: InteractionVisit,
  accountId: string,
  { id: credentialId }: Credential,
): Promise<void> {
  const { desk, now, cid } = visit
  const method = 'password'
  const event: AuthenticationEvent = {
    method,
    at: now,
    request: cid,
    properties: { credentialId, madeIn: cid },
  }
  desk.observe({ ...observed(visit, accountId), type: 'signed_in', method })
  return finishLogin(visit, { login: { accountId }, proved: { events: [event] } })
}
