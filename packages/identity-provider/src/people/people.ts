import { TOTP, URI } from 'otpauth'
import type { EpochSeconds, Method } from '@newel/policy'
import { objectOf, textOf } from '../authenticators/answer-state.ts'
import type { Authenticators } from '../authenticators/index.ts'
import { accountKey } from '../interaction/attempts.ts'
import { randomId } from '../secrets/index.ts'
import type { RandomBytes } from '../secrets/index.ts'
import { normaliseUsername } from '../store/index.ts'
import type { Account, Credential, Json, PasswordCredential, Store } from '../store/index.ts'
import {
  type StandingRecovery,
  finishRecovery,
  standingRecovery,
} from '../account/factor-recovery.ts'
import { type OperatorAct, type PeopleMail, createOperatorNotices } from './operator-notices.ts'
import { methodOf } from '../account/account-changes.ts'
import { dropProofs } from '../session/drop-proofs.ts'
import { PeopleError, refusedEnrolment } from './people-error.ts'

export interface PeopleOptions {
  readonly store: Pick<
    Store,
    'accounts' | 'attempts' | 'credentials' | 'recoveries' | 'securityEvents' | 'sessions'
  >
  readonly authenticators: Authenticators
  readonly random: RandomBytes
  readonly clock: () => EpochSeconds
  /** Absent: nobody is told by mail what was done. */
  readonly mail?: PeopleMail
}

export interface NewPerson {
  readonly username: string
  /** Absent: the pages and claims know the user name alone. */
  readonly name?: string
  readonly email?: string
  /** Absent: the person cannot sign in until one is set. */
  readonly password?: string
}

/** What a one-time-code app must know. Shown once: the store has it sealed. */
export interface TotpKey {
  /** `otpauth://totp/…`, as a QR code holds it. */
  readonly uri: string
  /** The same key in base32, for typing. */
  readonly key: string
}

/** What a person reported as lost. */
export interface ReportedLoss {
  /** Names of the methods. */
  readonly lost: readonly string[]
  /** From then on the person may have it removed. */
  readonly readyAt: EpochSeconds
}

/** Accounts as their operator handles them, by user name. @throws PeopleError, StoreError */
export interface People {
  add(person: NewPerson): Promise<Account>
  find(username: string): Promise<Account | undefined>
  /** In the order of user names, read page by page. */
  list(): AsyncIterable<Account>
  /** With every authenticator. Sessions and tokens of the account find it gone. */
  remove(username: string): Promise<Account>
  /**
   * Refuses sign-in, step-ups and refreshes from now on, and ends what is open: a node that tidies up ends the sessions, and
   * no token of before is honoured when the account is enabled again. An access token that is a JWT lives on until it
   * expires. False where it was disabled already.
   */
  disable(username: string): Promise<boolean>
  /** False where it was not disabled. */
  enable(username: string): Promise<boolean>
  /** Ends the locks after wrong answers; tells the methods. The next lock is as short as a first one. */
  unlock(username: string): Promise<readonly Method[]>
  /** In the place of the present password, or as the first one. */
  setPassword(username: string, password: string): Promise<void>
  /** Adds a one-time-code app beside any that is there; its codes are good from the present one on. */
  enrolTotp(username: string, label?: string): Promise<TotpKey>
  /** A new set, in the place of the present one. Shown once: the store has digests. */
  newRecoveryCodes(username: string): Promise<readonly string[]>
  /** What the person reported as lost. Undefined: nothing, or it came to nothing. */
  recovery(username: string): Promise<ReportedLoss | undefined>
  /** Nothing is removed. @throws PeopleError `no_recovery` */
  refuseRecovery(username: string): Promise<void>
  /** Removes what was reported, without waiting any longer; tells the methods. @throws PeopleError `no_recovery` */
  finishRecovery(username: string): Promise<readonly string[]>
  /** Every one, the password too; tells how many. The account stays. */
  removeAuthenticators(username: string): Promise<number>
  /** Waits for the letters that are under way, twenty seconds at most. Nothing else is held. */
  close(): Promise<void>
}

export const longestUsername = 256
const accountsPerPage = 100

/** A user name of the greatest length, each character in nine of the URI, with room for the rest. */
const longestUri = 8192

export function createPeople(options: PeopleOptions): People {
  const { store, authenticators, random, clock, mail } = options
  const notices = mail && createOperatorNotices(mail, store)

  async function known(username: string): Promise<Account> {
    const account = await store.accounts.byUsername(username)
    if (account) return account
    throw new PeopleError('unknown_person', username, `nobody has the user name \`${username}\``)
  }

  /** Its owner reads what happened to the account, and is told of it: what an operator did, too. */
  async function note(accountId: string, act: OperatorAct): Promise<void> {
    const noted = { ...act, accountId, at: clock() }
    await store.securityEvents.append(noted)
    notices?.observe(noted)
  }

  async function standingOf(username: string): Promise<StandingRecovery | undefined> {
    const { id } = await known(username)
    let stopped = false
    const standing = await standingRecovery(store, id, clock(), () => {
      stopped = true
    })
    if (stopped) await note(id, { type: 'recovery_stopped' })
    return standing
  }

  /** Through the same rules as on the page. */
  async function passwordOf(account: Account, password: string): Promise<PasswordCredential> {
    const { enrolment } = authenticators.byId('password')
    const now = clock()
    const { state } = await enrolment.begin({ account, credentials: [], now })
    const result = await enrolment.finish({ account, response: password, state, now })
    if (!result.ok) throw refusedEnrolment(result.reason, account.username)
    if (result.credential.method === 'password') return result.credential
    throw refusedEnrolment('malformed', account.username)
  }

  return {
    async add({ username, name, email, password }) {
      checkUsername(username)
      if (email !== undefined) checkEmail(email, username)
      const account: Account = {
        id: randomId(random),
        username: username.trim(),
        ...(name !== undefined && { name }),
        ...(email !== undefined && { email }),
        disabled: false,
        createdAt: clock(),
      }
      // Judged and hashed first: a refused password leaves nothing behind.
      const credential = password === undefined ? undefined : await passwordOf(account, password)
      const created = await store.accounts.createWith(account, credential ? [credential] : [])
      if (created === 'username_taken') {
        throw new PeopleError(
          'username_taken',
          username,
          `the user name \`${username}\` is taken already`,
        )
      }
      return account
    },

    find: async (username) => store.accounts.byUsername(username),

    async *list() {
      let after: string | undefined
      do {
        const page = await store.accounts.list({
          limit: accountsPerPage,
          ...(after !== undefined && { after }),
        })
        yield* page.accounts
        after = page.next
      } while (after !== undefined)
    },

    async remove(username) {
      const account = await known(username)
      await store.accounts.remove(account.id)
      return account
    },

    async disable(username) {
      const { id, disabled } = await known(username)
      if (disabled) return false
      // First: what is refused by its time alone stays refused, should the second step fail.
      await store.accounts.setValidFrom(id, clock())
      await store.accounts.setDisabled(id, true)
      // The provider ends the sessions within a minute; until then they might outlive that the account is enabled again.
      for (const { uid } of await store.sessions.forAccount(id)) {
        await dropProofs(store, uid, clock())
      }
      await note(id, { type: 'account_disabled' })
      return true
    },

    async enable(username) {
      const { id, disabled } = await known(username)
      if (!disabled) return false
      await store.accounts.setDisabled(id, false)
      await note(id, { type: 'account_enabled' })
      return true
    },

    async unlock(username) {
      const { id } = await known(username)
      const unlocked: Method[] = []
      for (const method of authenticators.all.flatMap(({ proves }) => proves)) {
        const key = accountKey(id, method)
        const { lockedUntil } = await store.attempts.state(key, clock())
        await store.attempts.clear(key)
        if (lockedUntil === undefined) continue
        unlocked.push(method)
        await note(id, { type: 'method_unlocked', method })
      }
      return unlocked
    },

    async setPassword(username, password) {
      const account = await known(username)
      await store.credentials.replacePassword(await passwordOf(account, password))
      await note(account.id, { type: 'password_changed' })
    },

    async enrolTotp(username, label) {
      const account = await known(username)
      const { enrolment } = authenticators.byId('totp')
      const now = clock()
      const credentials = await store.credentials.forAccount(account.id)
      const named = label === undefined ? {} : { label }
      const { state, view } = await enrolment.begin({ account, credentials, now, ...named })
      const key = totpKeyOf(view)
      const response = codeBefore(key.uri, now)
      const result = await enrolment.finish({ account, response, state, now, ...named })
      if (!result.ok) throw refusedEnrolment(result.reason, username)
      if ((await store.credentials.add(result.credential)) === 'added') {
        await note(account.id, { type: 'authenticator_enrolled', method: 'totp' })
        return key
      }
      // Removed meanwhile.
      throw new PeopleError('unknown_person', username, `nobody has the user name \`${username}\``)
    },

    async newRecoveryCodes(username) {
      const account = await known(username)
      const { enrolment } = authenticators.byId('recovery-code')
      const now = clock()
      const { state, view } = await enrolment.begin({ account, credentials: [], now })
      const response = textOf(objectOf(view), 'set') ?? ''
      const result = await enrolment.finish({ account, response, state, now })
      if (!result.ok) throw refusedEnrolment(result.reason, username)
      if ((await store.credentials.add(result.credential)) !== 'added') {
        throw new PeopleError(
          'unknown_person',
          username,
          `nobody has the user name \`${username}\``,
        )
      }
      await note(account.id, { type: 'authenticator_enrolled', method: 'recovery-code' })
      const codes = objectOf(view)?.['codes']
      return Array.isArray(codes) ? codes.map(String) : []
    },

    async recovery(username) {
      const standing = await standingOf(username)
      return standing && { lost: methodsOf(standing.lost), readyAt: standing.recovery.readyAt }
    },

    async refuseRecovery(username) {
      const standing = await standingOf(username)
      const { accountId, id } = standing?.recovery ?? { accountId: '', id: '' }
      if (!(await store.recoveries.take(accountId, id))) throw noRecovery(username)
      await note(accountId, { type: 'recovery_stopped' })
    },

    async finishRecovery(username) {
      const standing = await standingOf(username)
      const removed = standing && (await finishRecovery(store, standing))
      if (standing === undefined || removed === undefined) throw noRecovery(username)
      const { accountId } = standing.recovery
      for (const credential of removed) {
        await note(accountId, { type: 'authenticator_removed', method: methodOf(credential) })
      }
      await note(accountId, { type: 'recovery_finished' })
      return methodsOf(removed)
    },

    async removeAuthenticators(username) {
      const account = await known(username)
      let removed = 0
      for (const credential of await store.credentials.forAccount(account.id)) {
        if (!(await store.credentials.remove(credential.id))) continue
        removed += 1
        await note(account.id, { type: 'authenticator_removed', method: methodOf(credential) })
      }
      return removed
    },

    async close() {
      await notices?.close()
    },
  }
}

function methodsOf(credentials: readonly Credential[]): readonly string[] {
  return credentials.map(({ method }) => method)
}

function noRecovery(username: string): PeopleError {
  return new PeopleError('no_recovery', username, `\`${username}\` reported nothing as lost`)
}

/**
 * The enrolment of the page asks for a first code, which shows that the app has the key, and spends it. An operator hands
 * the key on instead, so the code of the step before is given: the person's own first code is still good.
 */
function codeBefore(uri: string, now: EpochSeconds): string {
  const app = URI.parse(uri)
  if (!(app instanceof TOTP)) throw new TypeError('the enrolment gave no TOTP key')
  return app.generate({ timestamp: (now - app.period) * 1000 })
}

function totpKeyOf(view: Json): TotpKey {
  const shown = objectOf(view)
  const uri = textOf(shown, 'uri', longestUri)
  const key = textOf(shown, 'secret')
  if (uri !== undefined && key !== undefined) return { uri, key }
  throw new TypeError('the enrolment gave no TOTP key')
}

/** What is wrong with a user name; undefined where nothing is. */
export function usernameFault(username: string): string | undefined {
  return normaliseUsername(username) === ''
    ? 'is empty'
    : username.length > longestUsername
      ? `is longer than ${longestUsername} characters`
      : /\p{C}/u.test(username)
        ? 'has characters that cannot be seen'
        : undefined
}

function checkUsername(username: string): void {
  const fault = usernameFault(username)
  if (fault) throw new PeopleError('invalid_username', username, `the user name ${fault}`)
}

/** Only what is surely a mistake: whether an address works, a letter to it shows. */
function checkEmail(email: string, username: string): void {
  if (/^[^\s@]+@[^\s@]+$/.test(email)) return
  throw new PeopleError('invalid_email', username, `\`${email}\` is not an e-mail address`)
}
