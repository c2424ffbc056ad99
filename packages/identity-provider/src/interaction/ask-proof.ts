import type { Method } from '@newel/policy'
import type { Account, Credential, Json } from '../store/index.ts'
import { pendingQuestion } from './interaction-state.ts'
import type { InteractionVisit } from './interaction-visit.ts'

/** Half of the time for which an authenticator takes the answer: what is shown can still be answered at leisure. */
const reusableSeconds = 300

export interface AskedProof {
  readonly visit: InteractionVisit
  /** What the page shows. Absent: the method needs nothing shown. */
  readonly view?: Json
}

/** Puts the question, and keeps what the authenticator has to remember. A question that still stands is shown again. */
export async function askProof(
  visit: InteractionVisit,
  method: Method,
  whom: { readonly account?: Account; readonly credentials: readonly Credential[] },
): Promise<AskedProof> {
  const { desk, now } = visit
  const standing = pendingQuestion(visit.state, method)
  if (standing !== undefined && now < standing.at + reusableSeconds) {
    return { visit, view: standing.view }
  }
  const asked = await desk.authenticators.byMethod(method)?.begin({ ...whom, method, now })
  if (asked?.state === undefined) return { visit }
  const question = { asked: asked.state, view: asked.view ?? null, at: now }
  const state = await desk.states.change(visit.state, { pending: { method, state: question } })
  if (state !== undefined) return { visit: { ...visit, state }, view: question.view }
  // Another tab was quicker; its question is as good as this one, or makes way for it.
  const current = await desk.states.reload(visit.state.id, now)
  return askProof({ ...visit, state: current }, method, whom)
}

/**
 * The question that an answer belongs to, removed before the answer is judged. `none`: the method keeps no question.
 * `gone`: it was answered before, or was never put.
 */
export async function takeQuestion(
  visit: InteractionVisit,
  method: Method,
): Promise<{ readonly kind: 'none' | 'gone' } | { readonly kind: 'taken'; readonly asked: Json }> {
  if (visit.desk.authenticators.byMethod(method)?.id !== 'webauthn') return { kind: 'none' }
  const standing = pendingQuestion(visit.state, method)
  if (standing === undefined) return { kind: 'gone' }
  const taken = await visit.desk.states.change(visit.state, { pending: 'none' })
  return taken === undefined ? { kind: 'gone' } : { kind: 'taken', asked: standing.asked }
}
