import type { Method } from '@newel/policy'
import type { Reader } from '../authenticators/index.ts'
import { addressKey } from '../interaction/attempts.ts'
import { type EnrolmentProgress, readEnrolment } from '../interaction/enrolment-progress.ts'
import { answerIn, fieldOf } from '../interaction/form-body.ts'
import { type AnswerError, answerErrorFrom } from '../interaction/pages/index.ts'
import { setUpPage } from '../interaction/set-up-page.ts'
import { requestLocale } from '../interaction/send-page.ts'
import { type AccountExchange, frameOf, send, toAccount } from './account-exchange.ts'
import type { AccountVisit } from './account-visit.ts'
import { changePassword, keepAuthenticator } from './keep-authenticator.ts'
import { showRecoveryCodes } from './add-recovery-codes.ts'
import { passwordPage } from './pages/password-page.ts'

type Begun = Extract<EnrolmentProgress, { stage: 'begun' }>

/** What has a page to be set up on. */
const withPage: readonly Method[] = ['totp', 'passkey', 'security-key', 'recovery-code']

export function addableMethods({ desk }: AccountVisit): readonly Method[] {
  const offered = withPage.filter((method) => desk.document.methods.get(method)?.enabled === true)
  // Notices go to an address, and apps are told that it is verified: worth having where no level accepts its codes.
  return desk.mailedCodes === undefined ? offered : [...offered, 'email-code']
}

/** Whether the page that is asked for adds something that the provider offers. */
export function isAddable(exchange: AccountExchange): boolean {
  return addableMethods(exchange.visit).includes(methodAsked(exchange))
}

function methodAsked({ request }: AccountExchange): Method {
  return fieldOf(request.query, 'method') ?? ''
}

export async function showAdding(exchange: AccountExchange): Promise<void> {
  const method = methodAsked(exchange)
  if (method === 'recovery-code') return showRecoveryCodes(exchange)
  const begun = await begin(exchange, method)
  return begun === undefined ? toAccount(exchange) : show(exchange, begun)
}

/** Begun once; opened again, the page shows what the app may have scanned already. Another method begins anew. */
async function begin(exchange: AccountExchange, method: Method): Promise<Begun | undefined> {
  const { visit, state } = exchange
  const { desk, account, credentials, now } = visit
  const known = readEnrolment(state.enrolment)
  if (known?.stage === 'begun' && known.method === method && isRecent(known, now)) return known
  const authenticator = desk.authenticators.byMethod(method)
  if (authenticator === undefined) return undefined
  const asked = await authenticator.enrolment.begin({ account, credentials, now, method })
  const begun: Begun = { stage: 'begun', method, ...asked }
  await desk.states.settle(state.id, now, () => ({ enrolment: begun }))
  return begun
}

/** Half of the time for which the authenticator takes the answer. */
function isRecent({ state }: Begun, now: number): boolean {
  const askedAt =
    typeof state === 'object' && state !== null && 'askedAt' in state ? state['askedAt'] : undefined
  return typeof askedAt === 'number' && now < askedAt + 300
}

function show(exchange: AccountExchange, { method, view }: Begun, error?: AnswerError): void {
  const { base } = exchange
  const own = frameOf(exchange)
  const frame = {
    ...own,
    clientName: own.providerName,
    action: `${base}/add`,
    cancelAction: `${base}/add/cancel`,
  }
  const refused = error === undefined ? {} : { error }
  return send(
    exchange,
    setUpPage({ ...frame, ...refused }, method, view),
    error === undefined ? 200 : 422,
  )
}

/** The first code, or what the browser made. The caller has seen the fresh proof. */
export async function answerAdding(exchange: AccountExchange): Promise<void> {
  const { visit, request, state } = exchange
  const { desk, account, now } = visit
  const begun = readEnrolment(state.enrolment)
  if (begun?.stage !== 'begun' || begun.method !== fieldOf(request.body, 'method')) {
    return toAccount(exchange)
  }
  const { method } = begun
  const response = answerIn(request.body, method)
  if (method === 'recovery-code' && response === undefined) return toAccount(exchange)
  if (response === undefined) return show(exchange, begun, 'missing_answer')
  // Taken away first, so that one question has one answer.
  const taken = await desk.states.change(state, { enrolment: 'none' })
  const authenticator = desk.authenticators.byMethod(method)
  if (taken === undefined || authenticator === undefined) return toAccount(exchange)
  const result = await authenticator.enrolment.finish({
    account,
    response,
    state: begun.state,
    now,
    reader: readerAt(exchange),
  })
  if (result.ok) {
    if (await keepAuthenticator(visit, result.credential)) return toAccount(exchange, 'done')
    return again(exchange, method, 'already_enrolled')
  }
  if (result.reason === 'unfinished') {
    const { state: next, view } = result
    const further: Begun = { stage: 'begun', method, state: next, view }
    await desk.states.settle(state.id, now, () => ({ enrolment: further }))
    return show(exchange, further)
  }
  // The address that a letter went to stays, for another one.
  if (method === 'email-code') {
    await desk.states.settle(state.id, now, () => ({ enrolment: begun }))
    return show(exchange, begun, answerErrorFrom(result.reason, method))
  }
  // The app has scanned this key already: it stays, and the next code may fit.
  if (method === 'totp' && result.reason !== 'expired') {
    await desk.states.settle(state.id, now, () => ({ enrolment: begun }))
    return show(exchange, begun, answerErrorFrom(result.reason, method))
  }
  return again(exchange, method, answerErrorFrom(result.reason, method))
}

async function again(exchange: AccountExchange, method: Method, error: AnswerError): Promise<void> {
  if (method === 'recovery-code') return showRecoveryCodes(exchange, 422)
  const { enrolment: _, ...state } = exchange.state
  const begun = await begin({ ...exchange, state }, method)
  return begun === undefined ? toAccount(exchange) : show(exchange, begun, error)
}

function readerAt({ visit, request }: AccountExchange): Reader {
  return {
    locale: requestLocale(visit.desk, request),
    from: addressKey(request.ip),
    request: visit.sessionUid ?? '',
  }
}

export async function cancelAdding(exchange: AccountExchange): Promise<void> {
  const { desk, now } = exchange.visit
  await desk.states.settle(exchange.state.id, now, () => ({ enrolment: 'none' }))
  return toAccount(exchange)
}

/** The caller has seen the fresh proof. */
export async function answerPassword(exchange: AccountExchange): Promise<void> {
  const { visit, request } = exchange
  const changed = await changePassword(visit, fieldOf(request.body, 'password') ?? '')
  if (changed.ok) return toAccount(exchange, 'done')
  if (changed.reason === 'changed_meanwhile') return toAccount(exchange)
  const refused = answerErrorFrom(changed.reason, 'password')
  return send(
    exchange,
    passwordPage({ ...frameOf(exchange), refused, credentials: visit.credentials }),
    422,
  )
}
