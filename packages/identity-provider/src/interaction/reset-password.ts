import { endEverything } from '../account/end-everything.ts'
import { accountLetter } from '../mail/account-letters.ts'
import { addressFor } from '../notices/notices.ts'
import { randomId } from '../secrets/index.ts'
import type { Account, AttemptLimit, Credential } from '../store/index.ts'
import { accountKey, addressKey, unknownUserKey } from './attempts.ts'
import { type Errand, errandSeconds, readErrand } from './errand.ts'
import { fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import { type InteractionVisit, addressOf, observed } from './interaction-visit.ts'
import {
  type AnswerError,
  answerErrorFrom,
  newPasswordPage,
  resetCodePage,
  resetPage,
} from './pages/index.ts'
import { interactionFrame, requestLocale, sendPage, setRetryAfter } from './send-page.ts'

/** Requests for one name, whoever has it. */
const perName: AttemptLimit = { attempts: 5, windowSeconds: 900, lockSeconds: 900 }

/** Requests from one network, for whatever names. */
const perNetwork: AttemptLimit = { attempts: 20, windowSeconds: 900, lockSeconds: 900 }

export function offersReset({ desk }: Pick<InteractionVisit, 'desk'>): boolean {
  const { recovery, methods } = desk.document
  return (
    recovery.password !== undefined &&
    desk.mailedCodes !== undefined &&
    methods.get('password')?.enabled === true
  )
}

/** "Forgot your password?", wherever it stands. */
export async function showReset(visit: InteractionVisit): Promise<void> {
  if (!offersReset(visit)) return goOn(visit)
  const again = fieldOf(visit.request.query, 'again') !== undefined
  return show(visit, again ? undefined : readErrand(visit.state.errand))
}

async function show(
  visit: InteractionVisit,
  errand: Errand | undefined,
  error?: AnswerError,
  status = 200,
): Promise<void> {
  const model = {
    ...interactionFrame(visit, addressOf(visit, 'reset')),
    backHref: addressOf(visit),
    ...(error === undefined ? {} : { error }),
  }
  if (errand?.kind === 'reset' && errand.stage === 'code') {
    const againHref = `${addressOf(visit, 'reset')}?again=1`
    return sendPage(visit, resetCodePage({ ...model, againHref }), status)
  }
  if (errand?.kind === 'reset' && errand.stage === 'password') {
    const account = await visit.desk.store.accounts.byId(errand.accountId)
    if (account !== undefined) {
      return sendPage(visit, newPasswordPage({ ...model, username: account.username }), status)
    }
  }
  return sendPage(visit, resetPage(model), status)
}

export async function answerReset(visit: InteractionVisit): Promise<void> {
  if (!offersReset(visit)) return goOn(visit)
  const { body } = visit.request
  const named = fieldOf(body, 'username')
  if (named !== undefined) return begin(visit, named)
  const errand = readErrand(visit.state.errand)
  if (errand?.kind !== 'reset') return toReset(visit)
  const code = fieldOf(body, 'code')
  if (errand.stage === 'code' && code !== undefined) return answerCode(visit, errand, code)
  const password = fieldOf(body, 'password')
  if (errand.stage === 'password' && password !== undefined) {
    return setPassword(visit, errand, password)
  }
  return toReset(visit)
}

function toReset(visit: InteractionVisit): void {
  void visit.reply.redirect(addressOf(visit, 'reset'), 303)
}

/** The same for everybody: who has an account, and whether it has a password, is told by the letter alone. */
async function begin(visit: InteractionVisit, named: string): Promise<void> {
  const { desk, now, request } = visit
  const { mailedCodes } = desk
  if (mailedCodes === undefined) return goOn(visit)
  if (named.trim() === '' || named.length > 512)
    return show(visit, undefined, 'missing_answer', 422)
  // Counted by what was typed: counted by the account's address, the count would tell whose address it is.
  const counts = [
    await desk.store.attempts.fail(`reset-from:${addressKey(request.ip)}`, now, perNetwork),
    await desk.store.attempts.fail(unknownUserKey(named, 'password-reset'), now, perName),
  ]
  const refused = counts.filter(({ counted }) => !counted)
  if (refused.length > 0) {
    setRetryAfter(visit, Math.max(...refused.map(({ lockedUntil = now }) => lockedUntil)))
    return show(visit, undefined, 'throttled', 429)
  }
  const { account, credentials } = await find(visit, named)
  const usable = account?.disabled === false ? account : undefined
  const address = usable && addressFor(usable, credentials)
  const locale = requestLocale(desk, request, visit.params)
  const hasPassword = credentials.some(({ method }) => method === 'password')
  const sent = await mailedCodes.send({
    purpose: 'reset-password',
    address: address ?? named,
    delivery:
      usable === undefined || address === undefined
        ? 'nobody'
        : hasPassword
          ? 'post'
          : accountLetter('no_password', locale, lettersFacts(visit, usable)),
    boundTo: boundTo(visit, usable?.id),
    locale,
    from: addressKey(request.ip),
    now,
  })
  // Too many letters to one address is not told either; the code that was sent before is no longer this page's.
  const codeId = sent.kind === 'undeliverable' ? undefined : sent.id
  await desk.states.settle(visit.state.id, now, () => ({
    errand: {
      kind: 'reset',
      stage: 'code',
      codeId: codeId ?? randomId(desk.random),
      ...(usable === undefined ? {} : { accountId: usable.id }),
    },
  }))
  return toReset(visit)
}

/**
 * By an address that one account alone has confirmed, else by user name, else by an address that one account alone has: a name
 * or an unconfirmed address that somebody else gave themselves must not stand before the one whose it is. As many steps for
 * nobody as for somebody.
 */
async function find(
  { desk }: InteractionVisit,
  named: string,
): Promise<{ readonly account?: Account; readonly credentials: readonly Credential[] }> {
  const { accounts, credentials } = desk.store
  const byName = await accounts.byUsername(named)
  const [first, second] = await accounts.byEmail(named)
  const ofName = await credentials.forAccount(byName?.id ?? '')
  const ofFirst = await credentials.forAccount(first?.id ?? '')
  const ofSecond = await credentials.forAccount(second?.id ?? '')
  // Who has confirmed it is told first.
  const alone = second === undefined || (hasConfirmed(ofFirst) && !hasConfirmed(ofSecond))
  if (first !== undefined && alone && (byName === undefined || hasConfirmed(ofFirst))) {
    return { account: first, credentials: ofFirst }
  }
  return { ...(byName === undefined ? {} : { account: byName }), credentials: ofName }
}

function hasConfirmed(credentials: readonly Credential[]): boolean {
  return credentials.some(({ method }) => method === 'email-code')
}

function boundTo({ cid }: InteractionVisit, accountId: string | undefined): string {
  return JSON.stringify([cid, accountId ?? ''])
}

function lettersFacts(
  { desk }: InteractionVisit,
  { username }: Account,
): { readonly provider: string; readonly username: string } {
  return { provider: desk.document.name ?? new URL(desk.document.issuer).host, username }
}

async function answerCode(
  visit: InteractionVisit,
  errand: Extract<Errand, { kind: 'reset'; stage: 'code' }>,
  code: string,
): Promise<void> {
  const { desk, now } = visit
  if (code.trim() === '') return show(visit, errand, 'missing_answer', 422)
  const answered = await desk.mailedCodes?.answer({
    id: errand.codeId,
    purpose: 'reset-password',
    boundTo: boundTo(visit, errand.accountId),
    response: code,
    now,
  })
  const account = await desk.store.accounts.byId(errand.accountId ?? '')
  const credentials = await desk.store.credentials.forAccount(errand.accountId ?? '')
  const password = credentials.find(({ method }) => method === 'password')
  const mayGoOn =
    answered?.ok === true &&
    account?.disabled === false &&
    // The address that the code went to must still be the account's.
    addressFor(account, credentials) === answered.address
  if (!mayGoOn || password === undefined) {
    const reason = answered?.ok === false ? answered.reason : 'expired'
    return show(visit, errand, answerErrorFrom(reason, 'email-code'), 422)
  }
  await desk.states.settle(visit.state.id, now, () => ({
    errand: {
      kind: 'reset',
      stage: 'password',
      accountId: account.id,
      passwordId: password.id,
      address: answered.address,
      provedAt: now,
    },
    newCsrfToken: true,
  }))
  return toReset(visit)
}

/** The mailbox was shown, and no more: nobody is signed in by it, and no factor, no lock but the password's own, is touched. */
async function setPassword(
  visit: InteractionVisit,
  errand: Extract<Errand, { stage: 'password' }>,
  typed: string,
): Promise<void> {
  const { desk, now, state } = visit
  const account = await desk.store.accounts.byId(errand.accountId)
  const credentials = await desk.store.credentials.forAccount(errand.accountId)
  const stands = now <= errand.provedAt + errandSeconds
  if (
    account?.disabled !== false ||
    !stands ||
    addressFor(account, credentials) !== errand.address
  ) {
    return startAgain(visit)
  }
  const { enrolment } = desk.authenticators.byId('password')
  const begun = await enrolment.begin({ account, credentials: [], now })
  const result = await enrolment.finish({ account, response: typed, state: begun.state, now })
  if (!result.ok) {
    const reason = result.reason === 'unfinished' ? 'malformed' : result.reason
    return show(visit, errand, answerErrorFrom(reason, 'password'), reason === 'busy' ? 503 : 422)
  }
  // One code sets one password, whoever sends this form twice.
  const taken = await desk.states.change(state, {
    errand: { kind: 'reset', stage: 'done' },
    newCsrfToken: true,
  })
  if (taken === undefined || result.credential.method !== 'password') return toReset(visit)
  const { credential } = result
  const marked = { ...credential, data: { ...credential.data, setByMail: true as const } }
  const base = { provider: desk.provider(), store: desk.store }
  const own = visit.session?.accountId === account.id ? visit.session.uid : undefined
  // Before and after: a process that dies in between leaves no session of the old password behind the new one.
  await endEverything(base, account.id, now, own)
  if (!(await desk.store.credentials.replacePassword(marked, errand.passwordId))) {
    return startAgain({ ...visit, state: taken })
  }
  await endEverything(base, account.id, now, own)
  await desk.attempts.forgive({ person: accountKey(account.id, 'password'), address: '' })
  desk.observe({ ...observed(visit, account.id), type: 'password_reset' })
  tell(visit, account)
  return goOn(visit)
}

function tell(visit: InteractionVisit, account: Account): void {
  const { desk, request, params } = visit
  desk.notices?.tell(
    account.id,
    (locale) => accountLetter('password_reset', locale, lettersFacts(visit, account)),
    requestLocale(desk, request, params),
  )
}

async function startAgain(visit: InteractionVisit): Promise<void> {
  const { desk, now } = visit
  await desk.states.settle(visit.state.id, now, () => ({ errand: 'none' }))
  return toReset(visit)
}
