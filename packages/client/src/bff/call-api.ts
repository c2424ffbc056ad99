import { evaluateToken, type Requirement } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { unordered } from '../published-order.ts'
import { readChallenge } from '../read-challenge.ts'
import { covers } from '../requirement.ts'
import { type ApiCall, apiCall, relayedAnswer, relayedHeaders, sendCall } from './api-call.ts'
import type { BffParts } from './bff-parts.ts'
import type { Exchange } from './exchange.ts'
import { challengeAnswer } from './challenge-answer.ts'
import { refuse } from './refusal.ts'
import { askedReturnAddress, ownReturnAddress, pageAddress } from './return-address.ts'
import { isNavigation, isSafe, noStore, refuseForeign } from './same-origin.ts'
import { redirect } from './redirect.ts'
import type { SessionRecord } from './session-record.ts'
import type { HeldSession } from './sessions.ts'

export interface CallOptions extends RequestInit {
  /**
   * Where a form's page leads after its call was parked and sent; `bff_call` in the address finds the API's answer.
   * Absent: the API's answer is shown.
   */
  readonly returnTo?: string
}

/** Call an API for the page that sent `exchange`, and answer the page whatever comes of it. */
export async function callApi(
  parts: BffParts,
  exchange: Exchange,
  address: string | URL,
  { returnTo, ...init }: CallOptions = {},
): Promise<Response> {
  const { settings, sessions } = parts
  const url = new URL(address)
  if (!settings.apiOrigins.has(url.origin)) {
    throw new ClientError('configuration', `\`${url.origin}\` is not one of \`apiOrigins\``)
  }
  const leadTo = returnTo === undefined ? undefined : ownReturnAddress(settings, returnTo)
  const refused = refuseForeign(settings, exchange)
  if (refused) return refused
  const held = await sessions.load(exchange)
  if (!held) return loginAnswer(parts, exchange)
  const call = await apiCall(url, init)
  try {
    return await sent(parts, exchange, held, call, init.signal ?? undefined, leadTo)
  } catch (error) {
    return errorAnswer(parts, exchange, error)
  }
}

async function sent(
  parts: BffParts,
  exchange: Exchange,
  held: HeldSession,
  call: ApiCall,
  signal: AbortSignal | undefined,
  returnTo: string | undefined,
): Promise<Response> {
  const { settings, tokens } = parts
  let usable = await tokens.get(exchange, held)
  let response = await sentOnce(parts, usable, call, signal)
  const read = () =>
    readChallenge(response, call.url, settings.apiOrigins, !!usable.record.tokens.key)
  const isSpent = () => read().kind === 'invalid_token'
  if (isSpent()) {
    // The API has not acted on it: a token that it takes makes it another call, of which there is one.
    await response.body?.cancel()
    usable = await tokens.get(exchange, usable, usable.record.tokens.accessToken)
    response = await sentOnce(parts, usable, call, signal)
    if (isSpent()) {
      throw new ClientError('login_required', 'the API takes no token of this session')
    }
  }
  const challenge = read()
  if (challenge.kind !== 'challenge') {
    return relayedAnswer(response.status, relayedHeaders(response), response.body)
  }
  await response.body?.cancel()
  const { requirement, scope } = challenge
  return apiChallengeAnswer(parts, exchange, usable, { call, requirement, scope, returnTo })
}

async function sentOnce(
  { settings }: BffParts,
  { record }: HeldSession,
  call: ApiCall,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await sendCall(settings, call, record.tokens, signal)
  } catch (cause) {
    throw new ApiUnavailableError(cause)
  }
}

/** The API gave no answer. */
export class ApiUnavailableError extends Error {
  override readonly name = 'ApiUnavailableError'
  readonly code = 'api_unavailable'

  constructor(cause: unknown) {
    super('the API could not be reached', { cause })
  }
}

interface ChallengedCall {
  readonly call: ApiCall
  readonly requirement: Requirement
  readonly scope: string | undefined
  readonly returnTo: string | undefined
}

async function apiChallengeAnswer(
  parts: BffParts,
  exchange: Exchange,
  { record }: HeldSession,
  { call, requirement, scope, returnTo }: ChallengedCall,
): Promise<Response> {
  const { settings, parked } = parts
  if (await askingWouldLoop(parts, record, requirement)) {
    return refuse(settings, exchange, 'step_up_failed', 403)
  }
  return challengeAnswer(parts, exchange, record, {
    requirement,
    scope,
    url: call.url,
    method: call.method,
    async park() {
      if (!parked.fits(call)) return 'body_not_replayable'
      const { loginId } = record
      const kept = { loginId, call, requirement, pageUrl: exchange.url.href }
      const parkedId = await parked.park({
        ...kept,
        ...(returnTo === undefined ? {} : { returnTo }),
      })
      return parkedId === undefined ? 'call_not_kept' : { parkedId }
    },
  })
}

/** The newest step-up was made for this, holds, and the API still asks: the provider would only answer the same. */
async function askingWouldLoop(
  { settings, provider }: BffParts,
  { tokens, reached }: SessionRecord,
  requirement: Requirement,
): Promise<boolean> {
  if (!reached) return false
  const { order = unordered } = await provider.discover()
  return (
    covers(reached, requirement, order) &&
    evaluateToken(order, requirement, tokens, {
      now: settings.host.now() + tokens.clockOffsetSeconds,
      clockToleranceSeconds: settings.clockToleranceSeconds,
    }).satisfied
  )
}

/** A page goes to log in and comes back; a script is told where. */
export function loginAnswer({ settings }: BffParts, exchange: Exchange): Response {
  const loads = isNavigation(exchange) && isSafe(exchange.request.method)
  const returnTo = loads ? pageAddress(exchange) : askedReturnAddress(settings, exchange)
  const query = new URLSearchParams({ return_to: returnTo }).toString()
  const location = `${settings.basePath}/login?${query}`
  if (isNavigation(exchange)) return redirect(location)
  return Response.json({ error: 'login_required', location }, { status: 401, headers: noStore })
}

/** What a page is told of an error. @throws what is a mistake of the app */
export function errorAnswer(parts: BffParts, exchange: Exchange, error: unknown): Response {
  const { settings } = parts
  if (error instanceof ApiUnavailableError) return refuse(settings, exchange, error.code, 502)
  if (!(error instanceof ClientError) || error.code === 'configuration') throw error
  if (error.code === 'login_required') return loginAnswer(parts, exchange)
  settings.emit({ type: 'error', error })
  const isAway = error.retryable || error.code === 'store_unusable'
  return refuse(settings, exchange, error.code, isAway ? 503 : 502)
}
