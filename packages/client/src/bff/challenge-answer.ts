import type { Requirement } from '@newel/policy'
import { beginAuthorization } from './authorization-request.ts'
import type { BffParts } from './bff-parts.ts'
import type { Exchange } from './exchange.ts'
import { refuse, tripEndOf, tripEndStatus } from './refusal.ts'
import { askedReturnAddress, pageAddress } from './return-address.ts'
import { isNavigation, isSafe, noStore } from './same-origin.ts'
import type { SessionRecord } from './session-record.ts'
import type { StepUpRequest } from './step-up-requests.ts'
import type { Transaction } from './transaction.ts'

/** What lacks, and what becomes of the request that it was asked for. */
export interface Lacking {
  readonly requirement: Requirement
  /** Scopes that are asked besides, separated by spaces. */
  readonly scope?: string | undefined
  /** Where what was asked for lies, and how it was asked. */
  readonly url: string
  readonly method: string
  /** Keep what a form has sent until the person is back, or say why not. */
  readonly park: () => Promise<
    Pick<Transaction, 'parkedId' | 'formId'> | 'body_not_replayable' | 'call_not_kept'
  >
}

/** A script is told and sends its call again; a page is loaded again; what a form has sent waits here. */
export async function challengeAnswer(
  parts: BffParts,
  exchange: Exchange,
  record: SessionRecord,
  { requirement, scope, url, method, park }: Lacking,
): Promise<Response> {
  const { settings, provider } = parts
  const { loginId, tokens } = record
  const tell = (answer: 'parked' | 'told' | 'redirected') => {
    const { origin, pathname } = new URL(url)
    const { subject } = tokens
    const address = origin + pathname
    settings.emit({ type: 'challenge', subject, url: address, method, requirement, answer })
  }
  const back = askedReturnAddress(settings, exchange)
  if (!isNavigation(exchange)) {
    tell('told')
    const wish = { requirement, ...(scope === undefined ? {} : { scope }), returnTo: back }
    return stepUpAnswer(parts, record, wish, 401)
  }
  const asked = {
    purpose: 'step_up',
    requirement,
    subject: tokens.subject,
    loginId,
    key: tokens.key,
    addedScope: `${tokens.scope} ${scope ?? ''}`,
  } as const
  if (isSafe(exchange.request.method)) {
    // Loading the page again asks again: after a failure only the person does that.
    const ended = tripEndOf(exchange)
    if (ended) return refuse(settings, exchange, ended, tripEndStatus(ended))
    tell('redirected')
    const self = pageAddress(exchange)
    return beginAuthorization(settings, provider, exchange, { ...asked, returnTo: self })
  }
  const parked = await park()
  if (typeof parked === 'string') return refuse(settings, exchange, parked, 413)
  tell('parked')
  return beginAuthorization(settings, provider, exchange, { ...asked, ...parked, returnTo: back })
}

/** `location` leads to the provider by way of this app, which knows what to ask. */
export async function stepUpAnswer(
  { settings, requests }: BffParts,
  record: SessionRecord,
  wish: Pick<StepUpRequest, 'requirement' | 'scope' | 'returnTo'>,
  status: 200 | 401,
): Promise<Response> {
  const id = await requests.idFor(record, wish)
  const location = `${settings.basePath}/step-up?${new URLSearchParams({ id }).toString()}`
  const body = status === 401 ? { error: 'step_up_required', location } : { location }
  return Response.json(body, { status, headers: noStore })
}
