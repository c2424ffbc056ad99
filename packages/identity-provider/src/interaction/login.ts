import type { AuthenticationEvent, Method } from '@newel/policy'
import { upstreamMethod } from '@newel/policy-document'
import type { Verification } from '../authenticators/index.ts'
import type { Account, Credential, Json } from '../store/index.ts'
import { isFailure } from './answer-proof.ts'
import { askProof, takeQuestion } from './ask-proof.ts'
import {
  type AttemptKeys,
  type CountedAttempt,
  accountKey,
  addressKey,
  unknownUserKey,
} from './attempts.ts'
import { expectedSubject, hintedSubject } from './expected-subject.ts'
import { finishLogin, finishUnmet } from './finish.ts'
import { answerIn, fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import { type InteractionVisit, addressOf, observed } from './interaction-visit.ts'
import { type UpstreamLink, answerErrorFrom, lockedPage, loginPage } from './pages/index.ts'
import { readErrand } from './errand.ts'
import type { RefusedAnswer } from './refused-answer.ts'
import { offersReset } from './reset-password.ts'
import { madeHere, offersSignUp } from './sign-up-offer.ts'
import { interactionFrame, sendPage, setRetryAfter } from './send-page.ts'
import { attemptLimit } from './step-question.ts'

/** Whom an answer at sign-in is about. A passkey names nobody, and tells by itself. */
interface LoginAnswer {
  readonly method: Method
  readonly username: string
  readonly account?: Account
  readonly credentials: readonly Credential[]
  readonly response: Json
}

export async function showLogin(
  visit: InteractionVisit,
  typed?: string,
  refused?: RefusedAnswer,
): Promise<void> {
  if (visit.state.failedAttempts >= attemptLimit(visit)) return finishUnmet(visit, 'exhausted')
  const asked = offers(visit, 'passkey')
    ? await askProof(visit, 'passkey', { credentials: [] })
    : { visit, view: undefined }
  visit.desk.observe({ ...observed(visit), type: 'proof_asked', method: 'password' })
  const username = typed ?? (await hintedUsername(visit))
  const page = loginPage({
    ...interactionFrame(asked.visit, addressOf(visit)),
    ...(username === undefined ? {} : { username }),
    ...(asked.view === undefined ? {} : { webauthn: { options: asked.view, autofill: true } }),
    ...upstreamLinksOf(visit),
    ...(offersReset(visit) ? { resetHref: addressOf(visit, 'reset') } : {}),
    ...(offersSignUp(visit) ? { signUpHref: addressOf(visit, 'sign-up') } : {}),
    ...noticeOf(visit),
    ...(refused === undefined ? {} : { error: refused.error }),
    ...(refused?.attemptsLeft === undefined ? {} : { attemptsLeft: refused.attemptsLeft }),
  })
  return sendPage(visit, page, refused?.status)
}

function upstreamLinksOf(visit: InteractionVisit): {
  readonly upstreams?: readonly UpstreamLink[]
} {
  const upstreams = visit.desk.document.upstreams
    .filter(({ id }) => offers(visit, upstreamMethod(id)))
    .map(({ id, name }) => ({ name, href: addressOf(visit, `upstream/${id}`) }))
  return upstreams.length === 0 ? {} : { upstreams }
}

/** What the person has just done beside signing in. */
function noticeOf({ state }: InteractionVisit): {
  readonly notice?: 'password_reset' | 'signed_up'
} {
  const errand = readErrand(state.errand)
  if (errand?.stage !== 'done') return {}
  return { notice: errand.kind === 'reset' ? 'password_reset' : 'signed_up' }
}

function offers({ desk }: InteractionVisit, method: Method): boolean {
  return desk.document.methods.get(method)?.enabled === true
}

/** Who is asked for, who is signed in, or whom the relying party names. */
async function hintedUsername(visit: InteractionVisit): Promise<string | undefined> {
  const { desk, params } = visit
  // Not by the `sub` of `claims`: anybody may write one there, and would read whose it is.
  const expected = hintedSubject(visit)
  const account = expected === undefined ? undefined : await desk.store.accounts.byId(expected)
  const { login_hint: hint } = params
  const named = account?.username ?? visit.account?.username
  return named ?? (typeof hint === 'string' ? hint : undefined)
}

export async function answerLogin(visit: InteractionVisit): Promise<void> {
  const { desk, request, now } = visit
  if (visit.state.failedAttempts >= attemptLimit(visit)) return finishUnmet(visit, 'exhausted')
  const method = fieldOf(request.body, 'method')
  if (method !== 'password' && method !== 'passkey') return goOn(visit)
  const username = method === 'password' ? (fieldOf(request.body, 'username') ?? '') : ''
  if (!offers(visit, method)) {
    return showLogin(visit, username, { error: 'unavailable', status: 422 })
  }
  const response = answerIn(request.body, method)
  // "Use a passkey" on the page of a locked password brings no answer yet.
  if (method === 'passkey' && response === undefined) return goOn(visit)
  if (response === undefined || (method === 'password' && username.trim() === '')) {
    return showLogin(visit, username, { error: 'missing_answer', status: 422 })
  }
  const account = username === '' ? undefined : await desk.store.accounts.byUsername(username)
  const answer: LoginAnswer = {
    method,
    username,
    ...(account === undefined ? {} : { account }),
    credentials: account === undefined ? [] : await desk.store.credentials.forAccount(account.id),
    response,
  }
  const keys = keysOf(answer, request.ip)
  const counted = await desk.attempts.count(keys, now)
  if (counted.kind === 'throttled') {
    setRetryAfter(visit, counted.until)
    return showLogin(visit, username, { error: 'throttled', status: 429 })
  }
  if (counted.kind === 'locked') return showLoginLocked(visit, answer, counted.lockedUntil)
  return judge(visit, answer, keys, counted)
}

function keysOf({ method, username, account }: LoginAnswer, address: string): AttemptKeys {
  if (method !== 'password') return { address: addressKey(address) }
  const person =
    account === undefined ? unknownUserKey(username, method) : accountKey(account.id, method)
  return { person, address: addressKey(address) }
}

async function judge(
  visit: InteractionVisit,
  answer: LoginAnswer,
  keys: AttemptKeys,
  counted: Extract<CountedAttempt, { kind: 'counted' }>,
): Promise<void> {
  const { desk, now, cid } = visit
  const verification = await verify(visit, answer)
  if (!verification.ok) return refuse(visit, answer, keys, counted, verification.reason)
  const { accountId } = verification
  const person = await desk.store.accounts.byId(accountId)
  // In the words of a wrong password: that an account is disabled is nobody's business.
  if (person === undefined || person.disabled) {
    return refuse(visit, answer, keys, counted, 'wrong', accountId)
  }
  await desk.attempts.forgive(keys)
  const expected = expectedSubject(visit)
  if (expected !== undefined && expected !== accountId) {
    const state = await desk.states.reload(visit.state.id, now)
    desk.observe({
      ...observed(visit, accountId),
      type: 'proof_refused',
      method: answer.method,
      reason: 'different_user',
    })
    return showLogin({ ...visit, state }, undefined, { error: 'different_user', status: 422 })
  }
  const event: AuthenticationEvent = {
    ...verification.event,
    properties: { ...verification.event.properties, ...madeHere(visit, verification.credentialId) },
    at: now,
    request: cid,
  }
  const about = { ...observed(visit, accountId), method: event.method }
  desk.observe({ ...about, type: 'proof_accepted' })
  desk.observe({ ...about, type: 'signed_in' })
  return finishLogin(visit, { login: { accountId }, proved: { events: [event] } })
}

async function verify(
  visit: InteractionVisit,
  { method, account, credentials, response }: LoginAnswer,
): Promise<Verification> {
  const question = await takeQuestion(visit, method)
  const authenticator = visit.desk.authenticators.byMethod(method)
  if (question.kind === 'gone' || authenticator === undefined) {
    return { ok: false, reason: 'expired' }
  }
  return authenticator.verify({
    ...(account === undefined ? {} : { account }),
    credentials,
    method,
    response,
    now: visit.now,
    ...(question.kind === 'taken' ? { state: question.asked } : {}),
  })
}

async function refuse(
  visit: InteractionVisit,
  answer: LoginAnswer,
  keys: AttemptKeys,
  counted: Extract<CountedAttempt, { kind: 'counted' }>,
  reason: Extract<Verification, { ok: false }>['reason'],
  accountId = answer.account?.id,
): Promise<void> {
  const { desk, now } = visit
  const { method, username } = answer
  desk.observe({ ...observed(visit, accountId), type: 'proof_refused', method, reason })
  const failure = isFailure(reason)
  if (failure) await desk.attempts.failed(keys, now)
  else await desk.attempts.takeBack(keys, counted, now)
  const state = failure
    ? await desk.states.settle(visit.state.id, now, ({ failedAttempts }) => ({
        failedAttempts: failedAttempts + 1,
      }))
    : await desk.states.reload(visit.state.id, now)
  const { lockedUntil, attemptsLeft } = counted
  if (failure && lockedUntil !== undefined) {
    desk.observe({ ...observed(visit, accountId), type: 'method_locked', method, lockedUntil })
    return showLoginLocked({ ...visit, state }, answer, lockedUntil)
  }
  const wrongPassword = method === 'password' && failure
  return showLogin({ ...visit, state }, method === 'password' ? username : undefined, {
    error: wrongPassword ? 'wrong_credentials' : answerErrorFrom(reason, method),
    status: reason === 'busy' ? 503 : 422,
    ...(wrongPassword ? { attemptsLeft } : {}),
  })
}

/** Not by redirect: the page says for whom, and the address must not. */
async function showLoginLocked(
  visit: InteractionVisit,
  { method, username }: LoginAnswer,
  lockedUntil: number,
): Promise<void> {
  const page = lockedPage({
    ...interactionFrame(visit, addressOf(visit)),
    username,
    method,
    lockedUntil,
    now: visit.now,
    otherMethods: offers(visit, 'passkey') ? ['passkey'] : [],
  })
  setRetryAfter(visit, lockedUntil)
  return sendPage(visit, page, 429)
}
