import { type UpstreamConfig, upstreamMethod } from '@newel/policy-document'
import { linkedUpstreams } from '../federation/federated-methods.ts'
import { redeemUpstreamAnswer } from '../federation/redeem-upstream-answer.ts'
import { newLink } from '../federation/upstream-account.ts'
import { beginUpstreamRequest } from '../federation/upstream-request.ts'
import type { Upstream } from '../federation/upstreams.ts'
import { type EnrolmentProgress, readEnrolment } from '../interaction/enrolment-progress.ts'
import { fieldOf } from '../interaction/form-body.ts'
import { note } from './account-changes.ts'
import { type AccountExchange, frameOf, send, toAccount } from './account-exchange.ts'
import type { AccountVisit } from './account-visit.ts'
import { linkPage, linkStartPage } from './pages/link-pages.ts'

type Begun = Extract<EnrolmentProgress, { stage: 'begun' }>

/** The upstreams of the document that this account is not linked to yet. */
export function linkableUpstreams({ desk, credentials }: AccountVisit): readonly UpstreamConfig[] {
  const linked = linkedUpstreams(desk.document, credentials)
  return desk.document.upstreams.filter(
    (upstream) =>
      !linked.includes(upstream) &&
      desk.document.methods.get(upstreamMethod(upstream.id))?.enabled === true,
  )
}

/** The one that the address names, if it may be linked. */
export function upstreamToLink({ visit, request }: AccountExchange): Upstream | undefined {
  const id = fieldOf(request.params, 'upstream') ?? ''
  return linkableUpstreams(visit).some((upstream) => upstream.id === id)
    ? visit.desk.upstreams.byId(id)
    : undefined
}

/**
 * A page and not the way itself: a proof may have been given by a form just before, which the browser lets lead to no other
 * origin. The caller has seen the fresh proof.
 */
export async function showLinkStart(exchange: AccountExchange): Promise<void> {
  const upstream = upstreamToLink(exchange)
  if (upstream === undefined) return toAccount(exchange)
  const { id, name } = upstream.config
  return send(exchange, linkStartPage({ ...frameOf(exchange), upstream: { id, name } }))
}

/** Sends the person to sign in there. The caller has seen the fresh proof. */
export async function beginLinking(exchange: AccountExchange): Promise<void> {
  const { visit, reply } = exchange
  const { desk, sessionUid, now } = visit
  const upstream = upstreamToLink(exchange)
  if (upstream === undefined || sessionUid === undefined) return toAccount(exchange)
  const url = await beginUpstreamRequest(
    { artifacts: desk.store.artifacts, random: desk.random },
    upstream,
    // A login there and not whoever is signed in there: the browser may be shared.
    {
      purpose: 'link',
      place: sessionUid,
      askedAt: now,
      fresh: true,
      maxAgeSeconds: 0,
      acrValues: [],
    },
  )
  if (url === undefined) return toAccount(exchange, 'upstream_unavailable')
  void reply.redirect(url.href, 303)
}

/** Back from there. Nothing is linked before the person has seen what, and said so in a form. */
export async function answerLinking(exchange: AccountExchange): Promise<void> {
  const { visit, request, reply, state, base } = exchange
  const { desk, sessionUid, account, now } = visit
  const place = { purpose: 'link', place: sessionUid ?? '' } as const
  const redeemed = await redeemUpstreamAnswer(desk, request, place, now)
  if (redeemed.kind === 'stray') return toAccount(exchange, 'link_refused')
  if (redeemed.kind === 'refused') {
    const unavailable = redeemed.reason === 'unavailable'
    return toAccount(exchange, unavailable ? 'upstream_unavailable' : 'link_refused')
  }
  const { upstream, judged, profile } = redeemed
  const { id, issuer } = upstream.config
  // Whoever was signed in there before may be another person at this browser.
  if (!judged.ofRequest) {
    note(visit, { type: 'proof_refused', method: upstreamMethod(id), reason: 'insufficient' })
    return toAccount(exchange, 'link_not_fresh')
  }
  const known = await desk.store.credentials.byUpstreamSubject(issuer, judged.subject)
  if (known !== undefined) {
    return toAccount(exchange, known.accountId === account.id ? 'done' : 'linked_elsewhere')
  }
  const begun: Begun = {
    stage: 'begun',
    method: upstreamMethod(id),
    state: judged.subject,
    view: shownName(await profile()) ?? judged.subject,
  }
  await desk.states.settle(state.id, now, () => ({ enrolment: begun }))
  void reply.redirect(`${base}/link/${id}/confirm`, 303)
}

/** Longest name of a person elsewhere that is shown, in UTF-16 units. */
const longestShown = 128

function shownName(profile: Readonly<Record<string, unknown>>): string | undefined {
  const { preferred_username: username, email } = profile
  return [username, email].find(
    (value): value is string =>
      typeof value === 'string' &&
      value.trim() !== '' &&
      value.length <= longestShown &&
      !/\p{C}/u.test(value),
  )
}

export async function showLinking(exchange: AccountExchange): Promise<void> {
  const upstream = upstreamToLink(exchange)
  const begun = upstream && begunFor(exchange, upstream)
  if (upstream === undefined || begun === undefined) return toAccount(exchange)
  const shown = typeof begun.view === 'string' ? begun.view : ''
  const { id, name } = upstream.config
  return send(exchange, linkPage({ ...frameOf(exchange), upstream: { id, name }, shown }))
}

function begunFor({ state }: AccountExchange, { config }: Upstream): Begun | undefined {
  const begun = readEnrolment(state.enrolment)
  return begun?.stage === 'begun' && begun.method === upstreamMethod(config.id) ? begun : undefined
}

/** The caller has seen the fresh proof. */
export async function confirmLinking(exchange: AccountExchange): Promise<void> {
  const { visit, state } = exchange
  const { desk, account, now } = visit
  const upstream = upstreamToLink(exchange)
  const begun = upstream && begunFor(exchange, upstream)
  if (upstream === undefined || typeof begun?.state !== 'string') return toAccount(exchange)
  // Taken away first, so that one answer makes one link.
  const taken = await desk.states.change(state, { enrolment: 'none' })
  if (taken === undefined) return toAccount(exchange)
  const link = newLink(desk.random, upstream, account.id, begun.state, now)
  if ((await desk.store.credentials.add(link)) !== 'added') {
    return toAccount(exchange, 'linked_elsewhere')
  }
  note(visit, { type: 'authenticator_enrolled', method: begun.method })
  return toAccount(exchange, 'done')
}
