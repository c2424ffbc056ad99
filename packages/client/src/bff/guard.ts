import {
  type Authentication,
  evaluateToken,
  type JudgingOrder,
  oneShotTokenSeconds,
  type Requirement,
} from '@newel/policy'
import { ClientError } from '../errors.ts'
import { unordered } from '../published-order.ts'
import { covers, type RequirementInput, requirementFromInput } from '../requirement.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import type { BffParts } from './bff-parts.ts'
import { errorAnswer, loginAnswer } from './call-api.ts'
import { challengeAnswer, type Lacking } from './challenge-answer.ts'
import type { Exchange } from './exchange.ts'
import type { ParkedForm } from './parked-forms.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refusal.ts'
import { formParameter } from './return-address.ts'
import { refuseForeign } from './same-origin.ts'
import { describeSession, type SessionDescription } from './session-description.ts'
import type { SessionRecord } from './session-record.ts'
import type { HeldSession } from './sessions.ts'

/** A requirement bound to the backend whose routes it guards. */
export interface BffGuard {
  /** The app's origin, for adapters. */
  readonly origin: string
  /**
   * Decide on the page's own request, before its body is read.
   *
   * Rejects with ClientError `configuration` where the provider knows none of the levels: never a pass.
   */
  judge(request: Request): Promise<GuardOutcome>
}

export type GuardOutcome =
  | {
      /** The route may act. */
      readonly outcome: 'allowed'
      readonly session: SessionDescription
      /** The request; where a form comes back from a step-up, what was sent at first. */
      readonly request: Request
      /** `Set-Cookie` values that the route's answer must carry. */
      readonly cookies: readonly string[]
      /** What the form had sent, to be read instead of the request's own body. Absent: it was not parked. */
      readonly resumed?: ResumedForm
    }
  /** The route must not act, and this is what the page is told. */
  | { readonly outcome: 'answered'; readonly answer: Response }

export interface ResumedForm {
  /** In lower case; they stand for those of the request. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/** The least time, in seconds, that a person needs at the provider: less would ask for ever. RFC 9470 §8. */
const shortestMaxAgeSeconds = 30

/** @throws ClientError `configuration` */
export function createGuard(
  parts: BffParts,
  exchangeOf: (request: Request) => Exchange,
  input: RequirementInput,
): BffGuard {
  const requirement = requirementFromInput(input)
  const { maxAgeSeconds } = requirement
  if (maxAgeSeconds !== undefined && maxAgeSeconds > 0 && maxAgeSeconds < shortestMaxAgeSeconds) {
    throw new ClientError(
      'configuration',
      `a \`maxAge\` of \`${maxAgeSeconds}\` seconds is over before a login is done; use 0 for one proof for each request, or at least ${shortestMaxAgeSeconds}`,
    )
  }
  const { settings } = parts
  return {
    origin: settings.origin,
    async judge(request) {
      const exchange = exchangeOf(request)
      try {
        return await outcomeOf(parts, exchange, requirement)
      } catch (error) {
        return { outcome: 'answered', answer: errorAnswer(parts, exchange, error) }
      }
    },
  }
}

async function outcomeOf(
  parts: BffParts,
  exchange: Exchange,
  requirement: Requirement,
): Promise<GuardOutcome> {
  const judgement = await judge(parts, exchange, requirement)
  await parts.sessions.settle(exchange)
  if ('answer' in judgement) {
    return { outcome: 'answered', answer: exchange.respond(judgement.answer) }
  }
  const { held, form } = judgement
  const resumed = form && resumedForm(form)
  return {
    outcome: 'allowed',
    session: await describeSession(parts, held.record),
    request: form && resumed ? resumedRequest(exchange, form, resumed) : exchange.request,
    cookies: exchange.setCookies,
    ...(resumed === undefined ? {} : { resumed }),
  }
}

type Judgement =
  | { readonly answer: Response }
  | { readonly held: HeldSession; readonly form: ParkedForm | undefined }

async function judge(
  parts: BffParts,
  exchange: Exchange,
  requirement: Requirement,
): Promise<Judgement> {
  const { settings, sessions, forms } = parts
  const refused = refuseForeign(settings, exchange)
  if (refused) return { answer: refused }
  const held = await sessions.load(exchange)
  if (!held) return { answer: loginAnswer(parts, exchange) }
  const { record } = held
  const formId = exchange.url.searchParams.get(formParameter) ?? undefined
  const form = formId === undefined ? undefined : await forms.find(record, formId)
  const isGone = () => ({ answer: refuse(settings, exchange, 'transaction_unknown', 409) })
  if (formId !== undefined && (!form || !isFormOf(form, exchange))) return isGone()
  if (!(await holds(parts, record, requirement))) {
    const answer = await challengeAnswer(parts, exchange, record, {
      requirement,
      url: exchange.url.href,
      method: exchange.request.method,
      park: () => park(parts, exchange, record, formId),
    })
    return { answer }
  }
  if (formId !== undefined && !(await forms.take(formId))) return isGone()
  return { held, form }
}

/** The route that the form was sent to, and no other, which may ask for less. */
function isFormOf(form: ParkedForm, { request, url }: Exchange): boolean {
  return form.method === request.method && new URL(form.path, url).pathname === url.pathname
}

/**
 * Whether what the session's newest ID token states is enough now: the same judgement as an API's over a token. A proof
 * that is good for one request is used up by it.
 */
async function holds(
  { settings, provider }: BffParts,
  record: SessionRecord,
  requirement: Requirement,
): Promise<boolean> {
  const { vault, host, clockToleranceSeconds } = settings
  const { tokens } = record
  const { order: published } = await provider.discover()
  const { acrValues } = requirement
  if (published && acrValues.length > 0 && !acrValues.some((acr) => published.has(acr))) {
    throw new ClientError(
      'configuration',
      `the provider knows none of the levels \`${acrValues.join(' ')}\``,
    )
  }
  const order = published ?? unordered
  const reaches = (authentication: Authentication) =>
    evaluateToken(order, requirement, authentication, {
      now: host.now() + tokens.clockOffsetSeconds,
      clockToleranceSeconds,
    }).satisfied
  if (reaches({ ...tokens, oneShot: false })) return true
  if (!isProofOfNow(settings, record, requirement, order)) return false
  return (
    reaches({ ...tokens, oneShot: true }) &&
    vault.add('used', `proof ${record.riseId}`, true, 2 * oneShotTokenSeconds)
  )
}

/** The newest step-up was made for such a request, just now. */
function isProofOfNow(
  { host }: BffParts['settings'],
  { tokens, reached, risenAt }: SessionRecord,
  requirement: Requirement,
  order: JudgingOrder,
): boolean {
  if (risenAt === undefined || host.now() - risenAt > oneShotTokenSeconds) return false
  return tokens.oneShot === true || (reached !== undefined && covers(reached, requirement, order))
}

async function park(
  { settings, forms }: BffParts,
  { request, url }: Exchange,
  { loginId }: SessionRecord,
  formId: string | undefined,
): ReturnType<Lacking['park']> {
  // It waits already.
  if (formId !== undefined) return { formId }
  const body = await readBody(request, settings.parkedBodyBytes)
  if (body === undefined) return 'body_not_replayable'
  const id = await forms.park({
    loginId,
    method: request.method,
    path: url.pathname + url.search,
    contentType: request.headers.get('content-type') ?? undefined,
    body: toBase64url(body),
  })
  return id === undefined ? 'call_not_kept' : { formId: id }
}

function resumedForm({ contentType, body, idempotencyKey }: ParkedForm): ResumedForm {
  const bytes = fromBase64url(body) ?? new Uint8Array()
  return {
    headers: {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      'content-length': String(bytes.byteLength),
      'idempotency-key': idempotencyKey,
    },
    body: bytes,
  }
}

function resumedRequest(
  { request, url }: Exchange,
  { method, path }: ParkedForm,
  { headers, body }: ResumedForm,
): Request {
  const all = new Headers(request.headers)
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
  return new Request(new URL(path, url), { method, headers: all, body })
}
