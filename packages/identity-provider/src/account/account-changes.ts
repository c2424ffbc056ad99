import { type HeldLevel, heldLevels } from '@newel/policy'
import { isFederated } from '@newel/policy-document'
import { methodOfLink } from '../federation/upstream-names.ts'
import type { ProviderEvent } from '../provider-event.ts'
import { enrolledMethods } from '../session/reachable.ts'
import { sessionReference } from '../session/session-reference.ts'
import { readRecord, standingRecord } from '../session/session-record.ts'
import type { Credential, SecurityEvent, SessionSummary } from '../store/index.ts'
import type { AccountVisit } from './account-visit.ts'
import { describeDevice } from '../session/device.ts'
import { methodsToDrop } from './drop-elevation.ts'
import { endSession } from './end-session.ts'
import { requirementForChange } from './fresh-proof.ts'

/** Why a change was not made. */
export type ChangeRefusal =
  | 'proof_needed'
  | 'unknown_authenticator'
  | 'unknown_session'
  | 'invalid_label'
  | 'last_way_to_sign_in'

export type Changed = { readonly ok: true } | { readonly ok: false; readonly reason: ChangeRefusal }

const done: Changed = { ok: true }
const refused = (reason: ChangeRefusal): Changed => ({ ok: false, reason })

/** Every change asks this first, at the moment of the change. */
export function mayChange({ proof, isProved }: AccountVisit): boolean {
  const requirement = requirementForChange(proof)
  return requirement !== undefined && isProved(requirement)
}

/** In UTF-16 units. */
const longestLabel = 64

/** A name that a person gives. Undefined: empty, too long, or with characters that cannot be seen. */
export function labelFrom(text: string | undefined): string | undefined {
  const label = (text ?? '').normalize('NFC').trim()
  return label === '' || label.length > longestLabel || /\p{C}/u.test(label) ? undefined : label
}

export async function renameAuthenticator(
  visit: AccountVisit,
  id: string,
  text: string | undefined,
): Promise<Changed> {
  if (!mayChange(visit)) return refused('proof_needed')
  const credential = visit.credentials.find((known) => known.id === id)
  if (credential === undefined) return refused('unknown_authenticator')
  const label = labelFrom(text)
  if (label === undefined) return refused('invalid_label')
  if (!(await visit.desk.store.credentials.rename(id, label))) {
    return refused('unknown_authenticator')
  }
  note(visit, { type: 'authenticator_renamed', method: notedMethod(visit, credential) })
  return done
}

/** What a removed authenticator proved is worth nothing from then on; see `standingRecord`. */
export async function removeAuthenticator(visit: AccountVisit, id: string): Promise<Changed> {
  if (!mayChange(visit)) return refused('proof_needed')
  const { store } = visit.desk
  const credential = visit.credentials.find((known) => known.id === id)
  if (credential === undefined) return refused('unknown_authenticator')
  if (isLastWay(visit, visit.credentials, id)) return refused('last_way_to_sign_in')
  if (!(await store.credentials.remove(id))) return refused('unknown_authenticator')
  // Another browser may have removed the other one at the same moment: then this one comes back.
  if (isLastWay(visit, await store.credentials.forAccount(visit.account.id), id)) {
    await store.credentials.add(credential)
    return refused('last_way_to_sign_in')
  }
  note(visit, { type: 'authenticator_removed', method: notedMethod(visit, credential) })
  return done
}

/** Whether nothing that starts a session would be left. */
export function isLastWay(
  { desk }: AccountVisit,
  credentials: readonly Credential[],
  id: string,
): boolean {
  const left = credentials.filter((known) => known.id !== id)
  const methods = enrolledMethods(desk.document, desk.authenticators, left)
  return !methods.some(
    (method) => method === 'password' || method === 'passkey' || isFederated(method),
  )
}

/** As {@link methodOf} has it, with the upstream that a link leads to. */
function notedMethod({ desk }: AccountVisit, credential: Credential): string {
  return credential.method === 'federated'
    ? methodOfLink(desk.document, credential)
    : methodOf(credential)
}

export function methodOf(credential: Credential): string {
  if (credential.method !== 'webauthn') return credential.method
  return credential.data.userVerified ? 'passkey' : 'security-key'
}

/** A session as its owner sees it. */
export interface ListedSession extends SessionSummary {
  /** Names the session in addresses and forms, and tells nothing. */
  readonly reference: string
  readonly current: boolean
  readonly levels: readonly HeldLevel[]
}

/** Those that are alive in the provider; what the library has let go is not listed. */
export async function listSessions(visit: AccountVisit): Promise<readonly ListedSession[]> {
  const { desk, account, credentials, now } = visit
  const provider = desk.provider()
  const known = await desk.store.sessions.forAccount(account.id)
  const listed = await Promise.all(
    known.map(async (summary): Promise<readonly ListedSession[]> => {
      const alive = await provider.Session.findByUid(summary.uid)
      if (alive?.accountId !== account.id) return []
      const record = standingRecord(
        await readRecord(desk.store.sessions, summary.uid),
        credentials,
        desk.document,
      )
      return [
        {
          ...summary,
          reference: sessionReference(summary.uid),
          current: summary.uid === visit.sessionUid,
          levels: heldLevels(desk.document.levels, record, { now }),
        },
      ]
    }),
  )
  return listed.flat()
}

export async function endOneSession(visit: AccountVisit, reference: string): Promise<Changed> {
  const session = (await listSessions(visit)).find((known) => known.reference === reference)
  if (session === undefined) return refused('unknown_session')
  // To give up what one has oneself takes no proof, as logging out takes none.
  if (!session.current && !mayChange(visit)) return refused('proof_needed')
  await end(visit, session.uid)
  return done
}

export async function endSessions(visit: AccountVisit, which: 'others' | 'all'): Promise<Changed> {
  if (!mayChange(visit)) return refused('proof_needed')
  const sessions = await listSessions(visit)
  for (const { uid, current } of sessions) if (!current) await end(visit, uid)
  if (which === 'all' && visit.sessionUid !== undefined) await end(visit, visit.sessionUid)
  return done
}

async function end(visit: AccountVisit, uid: string): Promise<void> {
  await endSession({ provider: visit.desk.provider(), store: visit.desk.store }, uid)
  note(visit, { type: 'session_ended' })
}

/** The session stays signed in; what it held above its weakest level has to be proved again. */
export async function dropElevation(visit: AccountVisit, reference: string): Promise<Changed> {
  const session = (await listSessions(visit)).find((known) => known.reference === reference)
  if (session === undefined) return refused('unknown_session')
  if (!session.current && !mayChange(visit)) return refused('proof_needed')
  const { desk, now } = visit
  const record = await readRecord(desk.store.sessions, session.uid)
  const methods = methodsToDrop(desk.document.levels, record, now)
  await desk.store.sessions.dropMethods(session.uid, methods, now)
  note(visit, { type: 'elevation_dropped' })
  return done
}

export async function recentEvents(visit: AccountVisit): Promise<readonly SecurityEvent[]> {
  return visit.desk.store.securityEvents.recent(visit.account.id, 30)
}

type RecoveryEvent =
  | 'recovery_started'
  | 'recovery_ready'
  | 'recovery_stopped'
  | 'recovery_finished'

type Noted =
  | { readonly type: 'session_ended' | 'elevation_dropped' | 'password_changed' | RecoveryEvent }
  | {
      readonly type: 'authenticator_enrolled' | 'authenticator_removed' | 'authenticator_renamed'
      readonly method: string
    }
  | { readonly type: 'proof_refused'; readonly method: string; readonly reason: string }

export function note({ desk, account, now, from }: AccountVisit, what: Noted): void {
  const device = describeDevice(from.userAgent)
  const event: ProviderEvent = {
    at: now,
    accountId: account.id,
    address: from.address,
    language: from.language,
    ...(device === undefined ? {} : { device }),
    ...what,
  }
  desk.observe(event)
}
