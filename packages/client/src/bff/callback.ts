import { ClientError, StepUpError } from '../errors.ts'
import { readChallenge } from '../read-challenge.ts'
import { acceptAnswer } from './accept-answer.ts'
import { sendCall } from './api-call.ts'
import { toBase64url } from './base64url.ts'
import type { BffParts } from './bff-parts.ts'
import type { Exchange } from './exchange.ts'
import type { ParkedCall } from './parked-calls.ts'
import { redirect } from './redirect.ts'
import type { BffErrorCode } from './refusal.ts'
import { callParameter, errorParameter, withParameter } from './return-address.ts'
import type { SessionRecord } from './session-record.ts'
import { takeTransaction, type Transaction } from './transaction.ts'

/**
 * The provider's answer. The browser that asked gets a session, or a raised one, and is led on; whatever fails leaves the
 * session as it was and leads back with a code.
 */
export async function handleCallback(parts: BffParts, exchange: Exchange): Promise<Response> {
  const { settings } = parts
  const answer = exchange.url.searchParams
  const transaction = await takeTransaction(settings, exchange, answer.get('state') ?? '')
  if (!transaction) {
    const error = new ClientError('transaction_unknown', 'this browser waits for no such answer')
    settings.emit({ type: 'error', error })
    return leadBack(parts, '/', error.code)
  }
  try {
    return transaction.purpose === 'login'
      ? await completeLogin(parts, exchange, answer, transaction)
      : await completeStepUp(parts, exchange, answer, transaction)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    // What cannot be dropped now goes by itself when its time is over.
    await dropParked(parts, transaction).catch(() => {})
    settings.emit({ type: 'error', error })
    return leadBack(parts, transaction.returnTo, error.code)
  }
}

async function dropParked({ parked, forms }: BffParts, { parkedId, formId }: Transaction) {
  if (parkedId !== undefined) await parked.drop(parkedId)
  if (formId !== undefined) await forms.drop(formId)
}

async function completeLogin(
  { settings, provider, sessions }: BffParts,
  exchange: Exchange,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<Response> {
  const tokens = await acceptAnswer(settings, provider, answer, transaction)
  const before = await sessions.load(exchange, false)
  const { host } = settings
  const now = host.now()
  const record: SessionRecord = {
    loginId: toBase64url(host.randomBytes(16)),
    riseId: toBase64url(host.randomBytes(16)),
    tokens,
    loggedInAt: tokens.issuedAt,
    createdAt: now,
    seenAt: now,
  }
  await sessions.begin(exchange, record, before)
  const { subject, acr } = tokens
  settings.emit({ type: 'logged_in', subject, ...(acr === undefined ? {} : { acr }) })
  return redirect(transaction.returnTo)
}

async function completeStepUp(
  parts: BffParts,
  exchange: Exchange,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<Response> {
  const { settings, provider, sessions, requests } = parts
  const tokens = await acceptAnswer(settings, provider, answer, transaction)
  // Only now: what happened to the session at the provider and in other tabs counts until here.
  const held = await sessions.loadForRaise(exchange)
  if (!held || held.record.loginId !== transaction.loginId) {
    throw new ClientError('login_required', 'the session ended during the step-up')
  }
  const { requirement = { acrValues: [] }, pendingId, parkedId, formId } = transaction
  const record: SessionRecord = {
    ...held.record,
    riseId: toBase64url(settings.host.randomBytes(16)),
    tokens,
    reached: requirement,
    risenAt: settings.host.now(),
  }
  await sessions.begin(exchange, record, held)
  const { subject, acr } = tokens
  settings.emit({
    type: 'stepped_up',
    subject,
    requirement,
    ...(acr === undefined ? {} : { acr }),
  })
  if (pendingId !== undefined) await requests.complete(record, pendingId)
  if (formId !== undefined) {
    return redirect(`${settings.basePath}/resume?${new URLSearchParams({ id: formId }).toString()}`)
  }
  if (parkedId === undefined) return redirect(transaction.returnTo)
  return resume(parts, record, parkedId, transaction.returnTo)
}

/** Send the parked call, once, and lead to its answer. */
async function resume(
  parts: BffParts,
  record: SessionRecord,
  parkedId: string,
  back: string,
): Promise<Response> {
  const { settings, parked: calls } = parts
  const parked = await calls.take(record, parkedId)
  if (!parked) throw new ClientError('transaction_unknown', 'the call waits no more')
  const response = await sendCall(settings, parked.call, record.tokens).catch(() => undefined)
  // Whether it arrived is not known: it is not sent again.
  if (!response) return leadBack(parts, back, 'api_unavailable')
  const { method, url } = parked.call
  settings.emit({
    type: 'resumed',
    subject: record.tokens.subject,
    url: new URL(url).origin + new URL(url).pathname,
    method,
    status: response.status,
  })
  failIfChallenged(parts, parked, response, record)
  const id = await calls.keepAnswer(record, parked, response)
  if (parked.returnTo !== undefined) {
    return redirect(withParameter(settings, parked.returnTo, callParameter, id))
  }
  return redirect(`${settings.basePath}/call?${new URLSearchParams({ id }).toString()}`)
}

function failIfChallenged(
  { settings }: BffParts,
  { call }: ParkedCall,
  response: Response,
  { tokens }: SessionRecord,
): void {
  const { acr, authTime } = tokens
  const challenge = readChallenge(response, call.url, settings.apiOrigins, !!tokens.key)
  if (challenge.kind !== 'challenge') return
  throw new StepUpError(
    'step_up_failed',
    'stepped up as asked, and the API still asks',
    challenge.requirement,
    {
      achieved: {
        ...(acr === undefined ? {} : { acr }),
        ...(authTime === undefined ? {} : { authTime }),
      },
    },
  )
}

function leadBack({ settings }: BffParts, address: string, code: BffErrorCode): Response {
  return redirect(withParameter(settings, address, errorParameter, code))
}
