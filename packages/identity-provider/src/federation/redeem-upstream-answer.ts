import type { AuthenticationEvent, EpochSeconds } from '@newel/policy'
import { upstreamMethod } from '@newel/policy-document'
import type { FastifyRequest } from 'fastify'
import { fieldOf } from '../interaction/form-body.ts'
import type { UpstreamNotice } from '../interaction/upstream-notice.ts'
import type { ArtifactStore, CredentialStore } from '../store/index.ts'
import { type JudgedAnswer, judgeUpstreamAnswer } from './judge-upstream-answer.ts'
import { queryOf } from './query-of.ts'
import { type UpstreamRequest, takeUpstreamRequest } from './upstream-request.ts'
import type { Upstream, UpstreamAnswer, UpstreamFailure, Upstreams } from './upstreams.ts'

/** What came back from an upstream, held to what was asked and worth what the document says. */
export type RedeemedAnswer =
  | {
      readonly kind: 'answered'
      readonly upstream: Upstream
      readonly asked: UpstreamRequest
      readonly judged: Extract<JudgedAnswer, { ok: true }>
      readonly profile: Extract<UpstreamAnswer, { ok: true }>['profile']
    }
  /** The upstream gave no answer that counts; `unmet` where it says itself that it cannot. */
  | {
      readonly kind: 'refused'
      readonly upstream: Upstream
      readonly asked: UpstreamRequest
      readonly reason: UpstreamFailure
    }
  /** Nobody is expected here with this answer, or not any more. */
  | { readonly kind: 'stray' }

/** Takes the answer that this request of a browser brings, once, at the place where it was asked for. */
export async function redeemUpstreamAnswer(
  {
    upstreams,
    store,
  }: { readonly upstreams: Upstreams; readonly store: { readonly artifacts: ArtifactStore } },
  request: FastifyRequest,
  at: Pick<UpstreamRequest, 'place' | 'purpose'>,
  now: EpochSeconds,
): Promise<RedeemedAnswer> {
  const state = fieldOf(request.query, 'state')
  const upstream = upstreams.byId(fieldOf(request.params, 'upstream') ?? '')
  if (state === undefined || upstream === undefined) return { kind: 'stray' }
  const place = { ...at, upstream: upstream.config.id }
  const asked = await takeUpstreamRequest(store.artifacts, state, place, now)
  if (asked === undefined) return { kind: 'stray' }
  const { nonce, codeVerifier } = asked
  const parameters = new URLSearchParams(queryOf(request))
  const answer = await upstream.redeem(parameters, { state, nonce, codeVerifier })
  if (!answer.ok) return { kind: 'refused', upstream, asked, reason: answer.reason }
  const judged = judgeUpstreamAnswer(upstream.config, answer.claims, asked, now)
  return judged.ok
    ? { kind: 'answered', upstream, asked, judged, profile: answer.profile }
    : { kind: 'refused', upstream, asked, reason: 'invalid' }
}

/** Notes on the link that it was used, and what it proved. */
export async function noteAnswer(
  credentials: CredentialStore,
  { upstream, judged }: Extract<RedeemedAnswer, { kind: 'answered' }>,
  credentialId: string,
  now: EpochSeconds,
): Promise<void> {
  const { id, accept } = upstream.config
  const names = accept
    .map(({ name }) => name)
    .filter((name) => judged.methods.includes(upstreamMethod(id, name)))
  if (names.length > 0) await credentials.noteUpstreamProofs(credentialId, names)
  await credentials.touch(credentialId, now)
}

/** The events of an answer, for the record of a session: one for each name that it counts under. */
export function upstreamEvents(
  { methods, at, ofRequest }: Extract<JudgedAnswer, { ok: true }>,
  credentialId: string,
  request: string,
): readonly AuthenticationEvent[] {
  return methods.map((method) => ({
    method,
    at,
    ...(ofRequest ? { request } : {}),
    properties: { credentialId },
  }))
}

export function noticeOf(reason: UpstreamFailure): UpstreamNotice {
  return notices[reason]
}

const notices: Readonly<Record<UpstreamFailure, UpstreamNotice>> = {
  denied: 'upstream_denied',
  unmet: 'upstream_insufficient',
  unavailable: 'upstream_unavailable',
  invalid: 'upstream_failed',
}
