import type { Requirement } from '@newel/policy'
import type { LostFactorConfig } from '@newel/policy-document'
import { type Errand, readErrand } from '../interaction/errand.ts'
import { addressKey } from '../interaction/attempts.ts'
import { fieldOf } from '../interaction/form-body.ts'
import { answerErrorFrom } from '../interaction/pages/index.ts'
import type { AnswerError } from '../interaction/pages/index.ts'
import { type AccountLetter, accountLetter } from '../mail/account-letters.ts'
import { maskAddress } from '../mail/index.ts'
import { addressFor } from '../notices/notices.ts'
import { randomId } from '../secrets/index.ts'
import type { Credential } from '../store/index.ts'
import { methodOf, note } from './account-changes.ts'
import { type AccountExchange, frameOf, send, toAccount } from './account-exchange.ts'
import type { AccountVisit } from './account-visit.ts'
import { type StandingRecovery, finishRecovery, standingRecovery } from './factor-recovery.ts'
import { requirementForChange } from './fresh-proof.ts'
import {
  chooseLostPage,
  impossiblePage,
  lostCodePage,
  sendLostCodePage,
} from './pages/lost-pages.ts'
import { type RemainingProof, remainingProof } from './remaining-proof.ts'

/** Sends the person to prove something, and back here. */
type Prove = (exchange: AccountExchange, requirement: Requirement) => void
type Lost = Extract<Errand, { kind: 'lost' }>

export function lostFactorOf({ desk }: Pick<AccountVisit, 'desk'>): LostFactorConfig | undefined {
  return desk.mailedCodes === undefined ? undefined : desk.document.recovery.lostFactor
}

/** What a person can have lost: what is no secret, and no mailbox. */
export function losable({ credentials }: AccountVisit): readonly Credential[] {
  return credentials.filter(({ method }) => method === 'totp' || method === 'webauthn')
}

/** The recovery that runs. One that came to nothing is ended, and its owner told. */
export async function recoveryOf(visit: AccountVisit): Promise<StandingRecovery | undefined> {
  const { desk, account, now } = visit
  return standingRecovery(desk.store, account.id, now, () => {
    note(visit, { type: 'recovery_stopped' })
    tell(visit, 'recovery_stopped')
  })
}

function tell({ desk, account, from }: AccountVisit, kind: AccountLetter, until?: number): void {
  const provider = desk.document.name ?? new URL(desk.document.issuer).host
  desk.notices?.tell(
    account.id,
    (locale, { username }) =>
      accountLetter(kind, locale, {
        provider,
        username,
        ...(until === undefined ? {} : { until: timeOf(until) }),
      }),
    from.language,
  )
}

function timeOf(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function proofWithout(
  { desk, credentials, proof, now }: AccountVisit,
  lost: readonly string[],
): RemainingProof {
  const { document, authenticators } = desk
  return remainingProof({ document, authenticators, credentials, record: proof.record, now }, lost)
}

function errandOf({ state }: AccountExchange): Lost | undefined {
  const errand = readErrand(state.errand)
  return errand?.kind === 'lost' ? errand : undefined
}

/** Where the request stands: what is lost, the proof of the rest, the code. */
export async function showLost(exchange: AccountExchange, prove: Prove): Promise<void> {
  const { visit, request } = exchange
  if (lostFactorOf(visit) === undefined) return toAccount(exchange)
  // One at a time: what there is to do is on the account page.
  if ((await recoveryOf(visit)) !== undefined) return toAccount(exchange)
  const errand = fieldOf(request.query, 'again') === undefined ? errandOf(exchange) : undefined
  return show(exchange, prove, errand)
}

async function show(
  exchange: AccountExchange,
  prove: Prove,
  errand: Lost | undefined,
  error?: AnswerError,
  status = 200,
): Promise<void> {
  const { visit } = exchange
  const refused = error === undefined ? {} : { error }
  const frame = { ...frameOf(exchange), ...refused }
  if (errand === undefined) {
    return send(exchange, chooseLostPage({ ...frame, credentials: losable(visit) }), status)
  }
  if (!mayGoOn(exchange, prove, errand.credentialIds)) return undefined
  const to = maskAddress(addressFor(visit.account, visit.credentials) ?? '')
  const page =
    errand.stage === 'code' ? lostCodePage({ ...frame, to }) : sendLostCodePage({ ...frame, to })
  return send(exchange, page, status)
}

/** Whether the rest was proved just now. Otherwise the answer is sent: where to prove it, or that there is nothing. */
function mayGoOn(exchange: AccountExchange, prove: Prove, lost: readonly string[]): boolean {
  const { visit } = exchange
  const { requirement, isProved } = proofWithout(visit, lost)
  const reachable = addressFor(visit.account, visit.credentials) !== undefined
  if (isProved && reachable) return true
  // Met by what does not count here, it would be met again at once, and so on for ever.
  const inVain = requirement !== undefined && visit.isProved(requirement)
  if (requirement === undefined || !reachable || inVain) {
    send(exchange, impossiblePage(frameOf(exchange)), 422)
  } else {
    prove(exchange, requirement)
  }
  return false
}

/** What was lost. */
export async function chooseLost(exchange: AccountExchange, prove: Prove): Promise<void> {
  const { visit, request, state } = exchange
  const { desk, now } = visit
  if (lostFactorOf(visit) === undefined || (await recoveryOf(visit)) !== undefined) {
    return toAccount(exchange)
  }
  const lost = losable(visit).filter(({ id }) => fieldOf(request.body, `lost_${id}`) !== undefined)
  if (lost.length === 0) return show(exchange, prove, undefined, 'nothing_chosen', 422)
  const ids = lost.map(({ id }) => id)
  // Whoever still reaches as high without it needs no recovery: they remove it after that proof, as anything else.
  const rest = proofWithout(visit, ids).requirement?.acrValues[0]
  const whole = requirementForChange(visit.proof)?.acrValues[0]
  if (rest !== undefined && whole !== undefined && desk.document.levels.satisfies(rest, whole)) {
    const [first] = ids
    void exchange.reply.redirect(`${exchange.base}/authenticators/${first ?? ''}`, 303)
    return undefined
  }
  await desk.states.settle(state.id, now, () => ({
    errand: { kind: 'lost', stage: 'chosen', credentialIds: ids },
  }))
  return toLost(exchange)
}

function toLost({ reply, base }: AccountExchange): void {
  void reply.redirect(`${base}/lost`, 303)
}

export async function sendLostCode(exchange: AccountExchange, prove: Prove): Promise<void> {
  const { visit, request, state } = exchange
  const { desk, account, credentials, now, from } = visit
  const errand = errandOf(exchange)
  const { mailedCodes } = desk
  if (errand === undefined || mailedCodes === undefined) return toLost(exchange)
  if (!mayGoOn(exchange, prove, errand.credentialIds)) return undefined
  const sent = await mailedCodes.send({
    purpose: 'recover-account',
    address: addressFor(account, credentials) ?? '',
    delivery: 'send',
    boundTo: boundTo(exchange),
    locale: from.language,
    from: addressKey(request.ip),
    now,
    ...(errand.stage === 'code' ? { replaces: errand.codeId } : {}),
  })
  if (sent.kind === 'throttled') return show(exchange, prove, errand, 'too_many_letters', 429)
  if (sent.kind === 'undeliverable') return show(exchange, prove, errand, 'mail_not_sent', 503)
  const { credentialIds } = errand
  await desk.states.settle(state.id, now, () => ({
    errand: { kind: 'lost', stage: 'code', credentialIds, codeId: sent.id },
  }))
  return toLost(exchange)
}

function boundTo({ visit, state }: AccountExchange): string {
  return JSON.stringify([state.id, visit.account.id, 'lost'])
}

/** With the code the cool-down begins. */
export async function answerLostCode(exchange: AccountExchange, prove: Prove): Promise<void> {
  const { visit, request, state } = exchange
  const { desk, account, credentials, now } = visit
  const config = lostFactorOf(visit)
  const errand = errandOf(exchange)
  if (config === undefined || errand?.stage !== 'code') return toLost(exchange)
  if (!mayGoOn(exchange, prove, errand.credentialIds)) return undefined
  const code = fieldOf(request.body, 'code') ?? ''
  if (code.trim() === '') return show(exchange, prove, errand, 'missing_answer', 422)
  const answered = await desk.mailedCodes?.answer({
    id: errand.codeId,
    purpose: 'recover-account',
    boundTo: boundTo(exchange),
    response: code,
    now,
  })
  if (answered?.ok !== true) {
    const error = answerErrorFrom(answered?.reason ?? 'expired', 'email-code')
    return show(exchange, prove, errand, error, 422)
  }
  await desk.states.settle(state.id, now, () => ({ errand: 'none' }))
  // The address that the code went to must still be the account's.
  if (addressFor(account, credentials) !== answered.address) return toLost(exchange)
  const readyAt = now + config.coolDownSeconds
  const begun = await desk.store.recoveries.begin(
    {
      id: randomId(desk.random),
      accountId: account.id,
      credentialIds: errand.credentialIds,
      requestedAt: now,
      readyAt,
      expiresAt: readyAt + config.finishWithinSeconds,
    },
    now,
  )
  if (begun !== 'begun') return toAccount(exchange)
  note(visit, { type: 'recovery_started' })
  tell(visit, 'recovery_started', readyAt)
  return toAccount(exchange, 'done')
}

/** By anybody who is signed in: to keep things as they are takes no proof. `false`: there was none. */
export async function stopRecovery(visit: AccountVisit): Promise<boolean> {
  const standing = await recoveryOf(visit)
  if (standing === undefined) return false
  const { accountId, id } = standing.recovery
  if (await visit.desk.store.recoveries.take(accountId, id)) {
    note(visit, { type: 'recovery_stopped' })
    tell(visit, 'recovery_stopped')
  }
  return true
}

/** After the cool-down, with the rest proved anew. What replaces the lost one is added on its own page, and proves nothing by that. */
export async function completeRecovery(exchange: AccountExchange, prove: Prove): Promise<void> {
  const { visit } = exchange
  const standing = await recoveryOf(visit)
  if (standing?.ready !== true) return toAccount(exchange)
  if (!mayGoOn(exchange, prove, standing.recovery.credentialIds)) return undefined
  const current = await visit.desk.store.accounts.byId(visit.account.id)
  if (current?.disabled !== false) return toAccount(exchange)
  const removed = await finishRecovery(visit.desk.store, standing)
  if (removed === undefined) return toAccount(exchange)
  for (const credential of removed) {
    note(visit, { type: 'authenticator_removed', method: methodOf(credential) })
  }
  note(visit, { type: 'recovery_finished' })
  tell(visit, 'recovery_finished')
  return toAccount(exchange, 'done')
}
