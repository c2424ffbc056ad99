import type { EnrolmentReason } from '../authenticators/index.ts'
import { formerAddress } from '../notices/notices.ts'
import type { Credential } from '../store/index.ts'
import { methodOf, note } from './account-changes.ts'
import type { AccountVisit } from './account-visit.ts'

/** Keeps what was set up, and tells of it. The caller has seen the fresh proof. False: the account has it already. */
export async function keepAuthenticator(
  visit: AccountVisit,
  credential: Credential,
): Promise<boolean> {
  const { desk, account, credentials, now, from } = visit
  if ((await desk.store.credentials.add(credential)) !== 'added') return false
  note(visit, { type: 'authenticator_enrolled', method: methodOf(credential) })
  const former = formerAddress(account, credentials, credential)
  if (former !== undefined) {
    desk.notices?.addressChanged({ account, former, at: now, language: from.language })
  }
  return true
}

export type PasswordChange =
  | { readonly ok: true }
  /** `changed_meanwhile`: the password is not the one any more that the proof was judged with. */
  | { readonly ok: false; readonly reason: EnrolmentReason | 'changed_meanwhile' }

/** The caller has seen the fresh proof. What the old password proved is worth nothing afterwards. */
export async function changePassword(
  visit: AccountVisit,
  response: string,
): Promise<PasswordChange> {
  const { desk, account, credentials, now } = visit
  const { enrolment } = desk.authenticators.byId('password')
  const { state } = await enrolment.begin({ account, credentials, now })
  const result = await enrolment.finish({ account, response, state, now })
  if (!result.ok) {
    return { ok: false, reason: result.reason === 'unfinished' ? 'malformed' : result.reason }
  }
  if (result.credential.method !== 'password') return { ok: false, reason: 'malformed' }
  const present = credentials.find(({ method }) => method === 'password')
  if (!(await desk.store.credentials.replacePassword(result.credential, present?.id))) {
    return { ok: false, reason: 'changed_meanwhile' }
  }
  note(visit, { type: 'password_changed' })
  return { ok: true }
}
