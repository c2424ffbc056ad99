import type { AuthenticationEvent } from '@newel/policy'
import type { SignUpMethod } from '@newel/policy-document'
import { accountLetter } from '../mail/account-letters.ts'
import { addressIdentity, plainAddress } from '../mail/index.ts'
import { usernameFault } from '../people/people.ts'
import { randomId } from '../secrets/index.ts'
import type { Account, AttemptLimit, Credential, Json } from '../store/index.ts'
import { addressKey } from './attempts.ts'
import { readEnrolment } from './enrolment-progress.ts'
import { type Errand, readErrand } from './errand.ts'
import { expectedSubject } from './expected-subject.ts'
import { finishLogin } from './finish.ts'
import { answerIn, fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import { type InteractionVisit, addressOf, observed } from './interaction-visit.ts'
import {
  type AnswerError,
  answerErrorFrom,
  signUpCodePage,
  signUpFirstPage,
  signUpNamePage,
  signUpPage,
} from './pages/index.ts'
import { interactionFrame, requestLocale, sendPage, setRetryAfter } from './send-page.ts'

/** Addresses and user names tried from one network. */
const perNetwork: AttemptLimit = { attempts: 20, windowSeconds: 900, lockSeconds: 900 }

type SignUp = Extract<Errand, { kind: 'sign-up' }>
type First = Extract<SignUp, { stage: 'first' }>

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

/** The first authenticator of an account that was made in this request; noted apart, so that no other errand forgets it. */
function madeIn({ state }: InteractionVisit): string | undefined {
  const progress = readEnrolment(state.enrolment)
  return progress?.stage === 'enrolled' ? progress.credentialId : undefined
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

/** "Create an account", wherever it stands. */
export async function showSignUp(visit: InteractionVisit): Promise<void> {
  if (!offersSignUp(visit)) return goOn(visit)
  const again = fieldOf(visit.request.query, 'again') !== undefined
  return show(visit, again ? undefined : signUpIn(visit))
}

function signUpIn({ state }: InteractionVisit): SignUp | undefined {
  const errand = readErrand(state.errand)
  return errand?.kind === 'sign-up' ? errand : undefined
}

function methodsOf({ desk }: InteractionVisit): readonly SignUpMethod[] {
  return desk.document.signUp?.methods ?? []
}

async function show(
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

export async function answerSignUp(visit: InteractionVisit): Promise<void> {
  if (!offersSignUp(visit)) return goOn(visit)
  const { body } = visit.request
  const errand = signUpIn(visit)
  const email = fieldOf(body, 'email')
  if (email !== undefined) return sendCode(visit, email)
  const code = fieldOf(body, 'code')
  if (errand?.stage === 'code' && code !== undefined) return answerCode(visit, errand, code)
  const username = fieldOf(body, 'username')
  if (username !== undefined) return choose(visit, errand, username)
  if (errand?.stage === 'first') return answerFirst(visit, errand)
  return toSignUp(visit)
}

function toSignUp(visit: InteractionVisit): void {
  void visit.reply.redirect(addressOf(visit, 'sign-up'), 303)
}

async function isThrottled(visit: InteractionVisit): Promise<boolean> {
  const { desk, request, now } = visit
  const key = `sign-up-from:${addressKey(request.ip)}`
  const { counted, lockedUntil = now } = await desk.store.attempts.fail(key, now, perNetwork)
  if (!counted) setRetryAfter(visit, lockedUntil)
  return !counted
}

async function keep(visit: InteractionVisit, errand: SignUp): Promise<void> {
  await visit.desk.states.settle(visit.state.id, visit.now, () => ({ errand }))
  return toSignUp(visit)
}

/** Whose address it is already is told by the letter alone. */
async function sendCode(visit: InteractionVisit, typed: string): Promise<void> {
  const { desk, now, request, params } = visit
  const { mailedCodes, document } = desk
  if (mailedCodes === undefined || document.signUp?.verifyEmail !== true) return toSignUp(visit)
  const address = plainAddress(typed)
  if (address === undefined) return show(visit, undefined, 'invalid_address', 422)
  if (await isThrottled(visit)) return show(visit, undefined, 'throttled', 429)
  const [owner] = await desk.store.accounts.byEmail(address)
  const locale = requestLocale(desk, request, params)
  const provider = document.name ?? new URL(document.issuer).host
  const sent = await mailedCodes.send({
    purpose: 'sign-up',
    address,
    delivery:
      owner === undefined
        ? 'post'
        : accountLetter('have_account', locale, { provider, username: owner.username }),
    boundTo: boundTo(visit),
    locale,
    from: addressKey(request.ip),
    now,
  })
  // By the address, whoever has it: what is counted tells nothing.
  if (sent.kind === 'throttled') setRetryAfter(visit, sent.until)
  if (sent.kind !== 'sent') return show(visit, undefined, 'throttled', 429)
  return keep(visit, { kind: 'sign-up', stage: 'code', codeId: sent.id })
}

function boundTo({ cid }: InteractionVisit): string {
  return JSON.stringify([cid, 'sign-up'])
}

async function answerCode(
  visit: InteractionVisit,
  errand: Extract<SignUp, { stage: 'code' }>,
  code: string,
): Promise<void> {
  const { desk, now } = visit
  if (code.trim() === '') return show(visit, errand, 'missing_answer', 422)
  const answered = await desk.mailedCodes?.answer({
    id: errand.codeId,
    purpose: 'sign-up',
    boundTo: boundTo(visit),
    response: code,
    now,
  })
  if (answered?.ok !== true) {
    return show(visit, errand, answerErrorFrom(answered?.reason ?? 'expired', 'email-code'), 422)
  }
  const next: SignUp = { kind: 'sign-up', stage: 'name', email: answered.address }
  await desk.states.settle(visit.state.id, now, () => ({ errand: next, newCsrfToken: true }))
  return toSignUp(visit)
}

/** A user name is told to be taken: to whoever has shown a mailbox, or so often from one network. */
async function choose(
  visit: InteractionVisit,
  errand: SignUp | undefined,
  typed: string,
): Promise<void> {
  const { desk, request } = visit
  const verify = desk.document.signUp?.verifyEmail === true
  const named = errand?.stage === 'name' || errand?.stage === 'first' ? errand : undefined
  if (verify && named?.email === undefined) return toSignUp(visit)
  const email = named?.email === undefined ? {} : { email: named.email }
  const stage: SignUp = { kind: 'sign-up', stage: 'name', ...email }
  const method = methodsOf(visit).find((one) => one === fieldOf(request.body, 'first'))
  if (method === undefined) return show(visit, stage, undefined, 200, typed)
  if (usernameFault(typed) !== undefined) {
    return show(visit, stage, 'invalid_username', 422, typed)
  }
  if (await isThrottled(visit)) return show(visit, stage, 'throttled', 429, typed)
  const username = typed.trim()
  if (isOfAnother(username, named?.email)) {
    return show(visit, stage, 'username_is_address', 422, typed)
  }
  if ((await desk.store.accounts.byUsername(username)) !== undefined) {
    return show(visit, stage, 'username_taken', 422, typed)
  }
  const accountId = randomId(desk.random)
  return keep(visit, await begun(visit, { username, accountId, method, ...email }))
}

/** A name in the form of an address looks as if that were theirs: it has to be the one that they have shown. */
function isOfAnother(username: string, email: string | undefined): boolean {
  const name = addressIdentity(username)
  return plainAddress(name) !== undefined && (!email || name !== addressIdentity(email))
}

async function begun(
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

async function answerFirst(visit: InteractionVisit, errand: First): Promise<void> {
  const { desk, now, request } = visit
  const { method } = errand
  const response = answerIn(request.body, method)
  if (response === undefined) return show(visit, errand, 'missing_answer', 422)
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
    return show({ ...visit, state }, back, error, 422, errand.username)
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
  if (errand.method === 'password') return show(visit, errand, error, status)
  // A challenge is answered once.
  const next = await begun(visit, errand)
  const anew = await desk.states.settle(state.id, now, () => ({ errand: next }))
  return show({ ...visit, state: anew }, next, error, status)
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
    ...(email === undefined
      ? []
      : [
          {
            id: randomId(desk.random),
            accountId: account.id,
            method: 'email-code' as const,
            label: 'Email address',
            createdAt: now,
            data: { address: email },
          },
        ]),
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

/** Notes of a proof that what it was made with was made in this very request. */
export function madeHere(
  visit: InteractionVisit,
  credentialId: Json | undefined,
): { readonly madeIn?: string } {
  return credentialId !== undefined && madeIn(visit) === credentialId ? { madeIn: visit.cid } : {}
}
