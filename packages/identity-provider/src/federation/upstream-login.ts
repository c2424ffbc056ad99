import { upstreamMethod } from '@newel/policy-document'
import { expectedSubject } from '../interaction/expected-subject.ts'
import { finishLogin, finishUnmet } from '../interaction/finish.ts'
import { fieldOf } from '../interaction/form-body.ts'
import { goOn } from '../interaction/go-on.ts'
import { type InteractionVisit, observed } from '../interaction/interaction-visit.ts'
import { expiredInteraction } from '../interaction/refusal.ts'
import { attemptLimit } from '../interaction/step-question.ts'
import { maxAgeZeroParameter } from '../provider/max-age-zero.ts'
import {
  type RedeemedAnswer,
  noteAnswer,
  noticeOf,
  redeemUpstreamAnswer,
  upstreamEvents,
} from './redeem-upstream-answer.ts'
import { type LinkedAccount, linkedAccount, provisionAccount } from './upstream-account.ts'
import { acrValuesAsked } from './upstream-acr-values.ts'
import { beginUpstreamRequest } from './upstream-request.ts'
import type { Upstream } from './upstreams.ts'

/** Sends a person who is not signed in yet to an upstream. */
export async function askAtLogin(visit: InteractionVisit): Promise<void> {
  const { desk, now, uid } = visit
  if (visit.state.failedAttempts >= attemptLimit(visit)) return finishUnmet(visit, 'exhausted')
  const upstream = offeredUpstream(visit)
  if (upstream === undefined) return goOn(visit)
  const method = upstreamMethod(upstream.config.id)
  const url = await beginUpstreamRequest(
    { artifacts: desk.store.artifacts, random: desk.random },
    upstream,
    {
      purpose: 'login',
      place: uid,
      askedAt: now,
      ...askedAge(visit),
      acrValues: acrWishes(visit, upstream),
    },
  )
  if (url === undefined) return goOn(visit, undefined, 'upstream_unavailable')
  desk.observe({ ...observed(visit), type: 'proof_asked', method })
  void visit.reply.redirect(url.href, 303)
}

function offeredUpstream({ desk, request }: InteractionVisit): Upstream | undefined {
  const upstream = desk.upstreams.byId(fieldOf(request.params, 'upstream') ?? '')
  if (upstream === undefined) return undefined
  const offered = desk.document.methods.get(upstreamMethod(upstream.config.id))?.enabled === true
  return offered ? upstream : undefined
}

/** What the relying party asks goes on to the upstream, so that nobody has to go there twice. */
function askedAge({ desk, params }: InteractionVisit): {
  readonly fresh: boolean
  readonly maxAgeSeconds: number
} {
  const prompts = typeof params['prompt'] === 'string' ? params['prompt'].split(' ') : []
  const asked = Number(params['max_age'] ?? Infinity)
  return {
    fresh: prompts.includes('login') || params[maxAgeZeroParameter] === '0',
    maxAgeSeconds: Math.min(
      Number.isNaN(asked) ? Infinity : asked,
      desk.document.session.lifetimeSeconds,
    ),
  }
}

function acrWishes(
  { desk, params, client }: InteractionVisit,
  upstream: Upstream,
): readonly string[] {
  const sent = params['acr_values']
  const asked =
    typeof sent === 'string' ? sent.split(' ') : [client.default ?? client.minimum ?? '']
  return acrValuesAsked(desk.document.levels, upstream.config, asked)
}

/** A person who was sent to an upstream to sign in is back. */
export async function answerAtLogin(visit: InteractionVisit): Promise<void> {
  const { desk, request, uid, now } = visit
  const redeemed = await redeemUpstreamAnswer(desk, request, { purpose: 'login', place: uid }, now)
  if (redeemed.kind === 'stray') throw expiredInteraction()
  const method = upstreamMethod(redeemed.upstream.config.id)
  if (redeemed.kind === 'refused') {
    const { reason } = redeemed
    desk.observe({ ...observed(visit), type: 'proof_refused', method, reason })
    return goOn(visit, undefined, noticeOf(reason))
  }
  return signIn(visit, redeemed, method)
}

async function signIn(
  visit: InteractionVisit,
  redeemed: Extract<RedeemedAnswer, { kind: 'answered' }>,
  method: string,
): Promise<void> {
  const { desk, now, cid } = visit
  const expected = expectedSubject(visit)
  const linked = await accountFor(visit, redeemed, expected)
  if (linked === undefined && expected !== undefined) return refuseOther(visit, method)
  // That an account is disabled is nobody's business.
  if (linked === undefined || linked.account.disabled) {
    const about = observed(visit, linked?.account.id)
    desk.observe({ ...about, type: 'proof_refused', method, reason: 'unknown_credential' })
    return goOn(visit, undefined, 'upstream_unlinked')
  }
  const { account, credential } = linked
  if (expected !== undefined && expected !== account.id) {
    return refuseOther(visit, method, account.id)
  }
  await noteAnswer(desk.store.credentials, redeemed, credential.id, now)
  const about = { ...observed(visit, account.id), method }
  desk.observe({ ...about, type: 'proof_accepted' })
  desk.observe({ ...about, type: 'signed_in' })
  const events = upstreamEvents(redeemed.judged, credential.id, cid)
  return finishLogin(visit, { login: { accountId: account.id }, proved: { events } })
}

async function refuseOther(
  visit: InteractionVisit,
  method: string,
  accountId?: string,
): Promise<void> {
  const about = observed(visit, accountId)
  visit.desk.observe({ ...about, type: 'proof_refused', method, reason: 'different_user' })
  return goOn(visit, undefined, 'different_user')
}

/** A request for somebody is for an account that is there: nobody gets a new one by it. */
async function accountFor(
  visit: InteractionVisit,
  { upstream, judged, profile }: Extract<RedeemedAnswer, { kind: 'answered' }>,
  expected: string | undefined,
): Promise<LinkedAccount | undefined> {
  const { desk, now } = visit
  const { config } = upstream
  const known = await linkedAccount(desk, { issuer: config.issuer, subject: judged.subject })
  if (known !== undefined || !config.provision || expected !== undefined) return known
  const made = await provisionAccount(desk, upstream, judged.subject, await profile(), now)
  if (made?.created === true) {
    desk.observe({ ...observed(visit, made.account.id), type: 'account_created' })
  }
  return made
}
