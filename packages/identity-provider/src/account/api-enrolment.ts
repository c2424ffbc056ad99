import type { Method } from '@newel/policy'
import type { FastifyRequest } from 'fastify'
import { objectOf } from '../authenticators/answer-state.ts'
import type { EnrolmentAnswer, Reader } from '../authenticators/index.ts'
import { addressKey } from '../interaction/attempts.ts'
import { readEnrolment } from '../interaction/enrolment-progress.ts'
import { fieldOf } from '../interaction/form-body.ts'
import { randomId } from '../secrets/index.ts'
import type { InteractionState, Json } from '../store/index.ts'
import { labelFrom, mayChange, methodOf } from './account-changes.ts'
import type { AccountVisit } from './account-visit.ts'
import { addableMethods } from './add-authenticator.ts'
import { changePassword, keepAuthenticator } from './keep-authenticator.ts'

/** What a request of the API came to. */
export type ApiResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string }
  | { readonly shown: object; readonly status?: number }

/** How long an enrolment that was begun can be finished, in seconds. */
const enrolmentSeconds = 600

/** Begins to set something up. What comes back is shown this once. */
export async function beginEnrolment(
  visit: AccountVisit,
  request: FastifyRequest,
): Promise<ApiResult> {
  if (!mayChange(visit)) return { ok: false, reason: 'proof_needed' }
  const method = fieldOf(request.body, 'method') ?? ''
  const authenticator = visit.desk.authenticators.byMethod(method)
  if (authenticator === undefined || !addableMethods(visit).includes(method)) {
    return { ok: false, reason: 'method_not_offered' }
  }
  const { account, credentials, now } = visit
  const begun = await authenticator.enrolment.begin({ account, credentials, now, method })
  if (method !== 'email-code') return keep(visit, method, begun.state, shownOf(method, begun.view))
  const address = fieldOf(request.body, 'address') ?? ''
  const sent = await authenticator.enrolment.finish({
    account,
    response: { address },
    state: begun.state,
    now,
    reader: readerOf(visit, request),
  })
  if (sent.ok || sent.reason !== 'unfinished') {
    return { ok: false, reason: sent.ok ? 'malformed' : sent.reason }
  }
  return keep(visit, method, sent.state, { address: fieldOf(sent.view, 'address') })
}

/** Under an id that its account alone can finish. */
async function keep(
  { desk, account, now }: AccountVisit,
  method: Method,
  state: Json,
  shown: object,
): Promise<ApiResult> {
  const id = randomId(desk.random)
  const expiresAt = now + enrolmentSeconds
  const opened = await desk.states.open(stateId(account.id, id), account.id, now, expiresAt)
  await desk.states.change(opened, { enrolment: { stage: 'begun', method, state, view: null } })
  return { shown: { enrolment: id, method, expiresAt, ...shown }, status: 201 }
}

function stateId(accountId: string, enrolment: string): string {
  return JSON.stringify(['account-api', accountId, enrolment])
}

function readerOf(visit: AccountVisit, request: FastifyRequest): Reader {
  return {
    locale: visit.from.language,
    from: addressKey(request.ip),
    request: 'account-api',
  }
}

function shownOf(method: Method, view: Json): object {
  switch (method) {
    case 'totp':
      return { otpauthUri: fieldOf(view, 'uri'), secret: fieldOf(view, 'secret') }
    case 'recovery-code':
      return { ...objectOf(view) }
    default:
      return { options: view }
  }
}

/** The first code, what the browser made, or the set of codes that was kept: as `response`. */
export async function finishEnrolment(
  visit: AccountVisit,
  { params, body }: FastifyRequest,
): Promise<ApiResult> {
  if (!mayChange(visit)) return { ok: false, reason: 'proof_needed' }
  const { desk, account, now } = visit
  const named = labelIn(body)
  if (named === 'invalid') return { ok: false, reason: 'invalid_label' }
  const id = stateId(account.id, fieldOf(params, 'id') ?? '')
  const state = await desk.store.interactions.read(id, now)
  const begun = state && readEnrolment(state.enrolment)
  if (state === undefined || begun?.stage !== 'begun') {
    return { ok: false, reason: 'unknown_enrolment' }
  }
  const response = responseIn(body)
  // An object would be another step of setting up an address; a text is what is asked for.
  const isCeremony = begun.method === 'passkey' || begun.method === 'security-key'
  if (!isCeremony && typeof response !== 'string') return { ok: false, reason: 'malformed' }
  // Taken away first, so that one question has one answer.
  const taken = await desk.states.change(state, { enrolment: 'none' })
  if (taken === undefined) return { ok: false, reason: 'unknown_enrolment' }
  const answer: EnrolmentAnswer = {
    account,
    response,
    state: begun.state,
    now,
    ...named,
  }
  const result = await desk.authenticators.byMethod(begun.method)?.enrolment.finish(answer)
  if (result?.ok !== true) {
    const reason = result?.reason === 'unfinished' ? 'malformed' : result?.reason
    // The app has the key, or the letter went out: the next code may fit.
    const stays = begun.method === 'totp' || begun.method === 'email-code'
    if (stays && reason !== 'expired') await desk.states.change(taken, { enrolment: begun })
    return { ok: false, reason: reason ?? 'unknown_enrolment' }
  }
  await forget(visit, taken)
  const { credential } = result
  if (!(await keepAuthenticator(visit, credential))) {
    return { ok: false, reason: 'already_enrolled' }
  }
  const { id: credentialId, label } = credential
  return { shown: { id: credentialId, method: methodOf(credential), label }, status: 201 }
}

async function forget({ desk }: AccountVisit, { id }: InteractionState): Promise<void> {
  await desk.store.interactions.remove(id)
}

function labelIn(body: unknown): { readonly label?: string } | 'invalid' {
  const text = fieldOf(body, 'label')
  if (text === undefined) return {}
  const label = labelFrom(text)
  return label === undefined ? 'invalid' : { label }
}

/** JSON as it came; what is not there is no answer of any kind. */
function responseIn(body: unknown): Json {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'response')) return null
  return Reflect.get(body, 'response') as Json
}

/** In the place of the present password, or as the first one. */
export async function setPassword(
  visit: AccountVisit,
  { body }: FastifyRequest,
): Promise<ApiResult> {
  if (!mayChange(visit)) return { ok: false, reason: 'proof_needed' }
  return changePassword(visit, fieldOf(body, 'password') ?? '')
}
