import type { Method } from '@newel/policy'
import { answerSeconds } from '../authenticators/answer-state.ts'
import type { Authenticator, Reader, Undelivered } from '../authenticators/index.ts'
import type { Account, Credential, Json } from '../store/index.ts'
import { addressKey } from './attempts.ts'
import { type PendingQuestion, pendingQuestion } from './interaction-state.ts'
import type { InteractionVisit } from './interaction-visit.ts'
import { requestLocale } from './send-page.ts'

/** Half of the time for which an authenticator takes the answer: what is shown can still be answered at leisure. */
const reusableSeconds = 300

export interface AskedProof {
  readonly visit: InteractionVisit
  /** What the page shows. Absent: the method needs nothing shown. */
  readonly view?: Json
  /** What the person needs for the answer was not sent; there is no question to answer. */
  readonly undelivered?: Undelivered
}

type Whom = { readonly account?: Account; readonly credentials: readonly Credential[] }

/** Puts the question, and keeps what the authenticator has to remember. A question that still stands is shown again. */
export async function askProof(
  visit: InteractionVisit,
  method: Method,
  whom: Whom,
): Promise<AskedProof> {
  const authenticator = visit.desk.authenticators.byMethod(method)
  const standing = pendingQuestion(visit.state, method)
  if (standing !== undefined && visit.now < standing.at + reusableFor(authenticator)) {
    return { visit, view: standing.view }
  }
  return put(visit, method, whom)
}

/** In the place of the question that stands: the person asks for another letter. */
export async function askAgain(
  visit: InteractionVisit,
  method: Method,
  whom: Whom,
): Promise<AskedProof> {
  return put(visit, method, whom, pendingQuestion(visit.state, method))
}

function reusableFor(authenticator: Authenticator | undefined): number {
  return authenticator?.question === 'until-right' ? answerSeconds : reusableSeconds
}

async function put(
  visit: InteractionVisit,
  method: Method,
  whom: Whom,
  instead?: PendingQuestion,
): Promise<AskedProof> {
  const { desk, now } = visit
  const asked = await desk.authenticators.byMethod(method)?.begin({
    ...whom,
    method,
    now,
    reader: readerOf(visit),
    ...(instead === undefined ? {} : { instead: instead.asked }),
  })
  if (asked?.state === undefined) return { visit }
  const question = { asked: asked.state, view: asked.view ?? null, at: now }
  // Kept before anything is sent, so that two tabs at once bring one letter.
  const state = await desk.states.change(visit.state, { pending: { method, state: question } })
  if (state === undefined) {
    // Another tab was quicker; its question is as good as this one, or makes way for it.
    const current = await desk.states.reload(visit.state.id, now)
    return askProof({ ...visit, state: current }, method, whom)
  }
  const kept = { ...visit, state }
  const undelivered = await asked.deliver?.()
  if (undelivered === undefined) return { visit: kept, view: question.view }
  const before = instead && { method, state: { ...instead } }
  const back = await desk.states.change(state, { pending: before ?? 'none' })
  const after = back ?? (await desk.states.reload(state.id, now))
  return { visit: { ...visit, state: after }, undelivered }
}

export function readerOf({ desk, request, params, cid }: InteractionVisit): Reader {
  return {
    locale: requestLocale(desk, request, params),
    from: addressKey(request.ip),
    request: cid,
  }
}

/**
 * The question that an answer belongs to. One that has a single answer is removed before that is judged. `none`: the method
 * keeps no question. `gone`: it was answered before, or was never put.
 */
export async function takeQuestion(
  visit: InteractionVisit,
  method: Method,
): Promise<{ readonly kind: 'none' | 'gone' } | { readonly kind: 'taken'; readonly asked: Json }> {
  const kind = visit.desk.authenticators.byMethod(method)?.question
  if (kind === undefined) return { kind: 'none' }
  const standing = pendingQuestion(visit.state, method)
  if (standing === undefined) return { kind: 'gone' }
  if (kind === 'until-right') return { kind: 'taken', asked: standing.asked }
  const taken = await visit.desk.states.change(visit.state, { pending: 'none' })
  return taken === undefined ? { kind: 'gone' } : { kind: 'taken', asked: standing.asked }
}
