import type { AuthenticationEvent, EpochSeconds } from '@newel/policy'
import type { SealedPlace } from '../secrets/sealer.ts'
import type { Json, JsonObject } from './json.ts'

/**
 * What the provider remembers. Every method is one atomic step: it happens whole or not at all, also between processes
 * on one database, and a promise that resolved has been made durable. Nothing here reads a clock; a row with an expiry
 * exists while `now < expiresAt` and is gone in the second that it names. Failures of the database itself are thrown as
 * `StoreError`; every outcome that a caller must expect is a value.
 */
export interface Store {
  readonly artifacts: ArtifactStore
  readonly accounts: AccountStore
  readonly credentials: CredentialStore
  readonly sessions: SessionEventStore
  readonly interactions: InteractionStore
  readonly attempts: AttemptStore
  readonly recoveries: RecoveryStore
  readonly keys: KeyStore
  readonly securityEvents: SecurityEventStore
  readonly logoutNotices: LogoutNoticeStore
  readonly sealed: SealedStore
  /** Releases the database. Later calls throw `StoreError` with `store_closed`; closing twice is harmless. */
  close(): Promise<void>
}

/** The protocol library's models: Session, Grant, AuthorizationCode, RefreshToken, Interaction and the rest. */
export interface ArtifactStore {
  /**
   * Creates or replaces the payload. False: it was consumed, and is left as it is. `expiresAt` absent: it never expires.
   * The payload's `grantId`, `uid` and `userCode` are what the other methods look for.
   */
  upsert(
    model: string,
    id: string,
    payload: Readonly<Record<string, unknown>>,
    expiresAt: EpochSeconds | undefined,
  ): Promise<boolean>
  /** Creates one that never expires, where there is none of this id. True for exactly one caller, ever. */
  createOnce(
    model: string,
    id: string,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<boolean>
  find(model: string, id: string, now: EpochSeconds): Promise<StoredArtifact | undefined>
  /** The newest of this uid that was not consumed. */
  findByUid(model: string, uid: string, now: EpochSeconds): Promise<StoredArtifact | undefined>
  findByUserCode(
    model: string,
    userCode: string,
    now: EpochSeconds,
  ): Promise<StoredArtifact | undefined>
  /**
   * Marks as used. True for exactly one caller; false where it was used before, expired, or does not exist. With
   * `keepUntil` it then expires at that time instead of its own.
   */
  consume(model: string, id: string, now: EpochSeconds, keepUntil?: EpochSeconds): Promise<boolean>
  destroy(model: string, id: string): Promise<void>
  /** Removes every code and token of a consent grant. The grant itself, sessions and interactions stay. */
  revokeByGrantId(grantId: string): Promise<void>
  /** Removes at most `limit` expired artifacts; tells how many. Call again while it returns `limit`. */
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface StoredArtifact {
  readonly payload: Record<string, unknown>
  readonly consumedAt?: EpochSeconds
}

/** A person who can sign in. */
export interface Account {
  /** The `sub` of every token: random, at most 64 bytes of UTF-8 (it is the WebAuthn user handle too), never reused. */
  readonly id: string
  /** As the person typed it. Unique after {@link AccountStore} normalised it. */
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly disabled: boolean
  readonly createdAt: EpochSeconds
  /** Tokens that were issued before are not honoured: they were ended, wherever they are. Absent: all are. */
  readonly validFrom?: EpochSeconds
  /**
   * How often all of its tokens were ended: seconds alone do not tell those of the very second apart. What was granted under
   * another number is not honoured. Absent: never.
   */
  readonly generation?: number
  /** What an operator keeps beside it, such as a staff number. Never a secret. */
  readonly attributes?: JsonObject
}

export interface AccountStore {
  /** Two user names are the same when they are equal after trimming, NFKC and lower case. */
  create(account: Account): Promise<'created' | 'username_taken'>
  /** The account with its first credentials, in one step. `duplicate`: what {@link CredentialStore.add} would say. */
  createWith(
    account: Account,
    credentials: readonly Credential[],
  ): Promise<'created' | 'username_taken' | 'duplicate'>
  byId(id: string): Promise<Account | undefined>
  byUsername(username: string): Promise<Account | undefined>
  /**
   * Those that have this address, at most two: whoever looks for the owner of an address wants one or none. First those who
   * have confirmed it. Letters of ASCII are the same in either case.
   */
  byEmail(email: string): Promise<readonly Account[]>
  /** In the order of normalised user names. */
  list(page: AccountPageRequest): Promise<AccountPage>
  /** False where there is no such account. Disabling ends its recovery, too. */
  setDisabled(id: string, disabled: boolean): Promise<boolean>
  /**
   * Moves {@link Account.validFrom} forward, never back, and begins the next {@link Account.generation}. False where there is
   * no such account.
   */
  setValidFrom(id: string, at: EpochSeconds): Promise<boolean>
  /** Removes the account and its credentials. False where there is no such account. */
  remove(id: string): Promise<boolean>
}

export interface AccountPageRequest {
  /** How many at most. */
  readonly limit: number
  /** The `next` of the page before. Absent: from the start. */
  readonly after?: string
}

export interface AccountPage {
  readonly accounts: readonly Account[]
  /** Absent on the last page. */
  readonly next?: string
}

/** Something that an account can prove with. `method` names the authenticator, which decides what a proof is worth. */
export type Credential =
  | PasswordCredential
  | TotpCredential
  | WebAuthnCredential
  | RecoveryCodeCredential
  | FederatedCredential
  | EmailCredential

interface CredentialBase {
  /** Random; it is bound into the sealed secret, so that neither can be moved to another row. */
  readonly id: string
  readonly accountId: string
  /** What the person calls it. */
  readonly label: string
  readonly createdAt: EpochSeconds
  readonly lastUsedAt?: EpochSeconds
}

export interface PasswordCredential extends CredentialBase {
  readonly method: 'password'
  readonly data: PasswordData
  /** The sealed password hash. */
  readonly secret: Uint8Array
}

export interface TotpCredential extends CredentialBase {
  readonly method: 'totp'
  readonly data: TotpData
  /** The sealed shared key. */
  readonly secret: Uint8Array
}

export interface WebAuthnCredential extends CredentialBase {
  readonly method: 'webauthn'
  readonly data: WebAuthnData
  readonly secret?: never
}

/** A set of recovery codes. */
export interface RecoveryCodeCredential extends CredentialBase {
  readonly method: 'recovery-code'
  readonly data: RecoveryCodeData
  /** The sealed digests of the codes, one after the other. */
  readonly secret: Uint8Array
}

/** A link to the same person's account at an upstream provider. */
export interface FederatedCredential extends CredentialBase {
  readonly method: 'federated'
  readonly data: FederatedData
  readonly secret?: never
}

/** An address that was shown to be its owner's: codes are sent to it. */
export interface EmailCredential extends CredentialBase {
  readonly method: 'email-code'
  readonly data: EmailData
  readonly secret?: never
}

/** The public part of a credential. */
export type CredentialData =
  | PasswordData
  | TotpData
  | WebAuthnData
  | RecoveryCodeData
  | FederatedData
  | EmailData

export interface EmailData {
  /** As its owner typed it. */
  readonly address: string
}

export interface PasswordData {
  readonly scheme: 'argon2id'
  /** It was set after a mailed code: whoever knows it may know the mailbox alone. */
  readonly setByMail?: true
}

export interface TotpData {
  readonly algorithm: 'SHA1'
  readonly digits: number
  readonly periodSeconds: number
  /** The newest time step whose code was accepted. Only {@link CredentialStore.acceptTotpStep} advances it. */
  readonly acceptedStep?: number
}

export interface WebAuthnData {
  /** The authenticator's own id of the credential, base64url. One account in the whole store holds it. */
  readonly credentialId: string
  /** COSE key, base64url. */
  readonly publicKey: string
  /** Signature counter. Only {@link CredentialStore.acceptCounter} advances it. */
  readonly counter: number
  readonly transports: readonly string[]
  readonly aaguid: string
  /** Whether the credential may be copied between devices, and whether it was when last seen. */
  readonly backupEligible: boolean
  readonly backedUp: boolean
  /** Whether the person was verified at enrolment: the authenticator can do so, and may then count as a passkey. */
  readonly userVerified: boolean
}

export interface RecoveryCodeData {
  /** Codes of the set, at most 31. */
  readonly total: number
  /** Places of the codes that were used, rising from 0. Only {@link CredentialStore.acceptRecoveryCode} adds one. */
  readonly used: readonly number[]
}

/** Both as the ID token has them (OIDC Core §2). One account in the whole store holds the two together. */
export interface FederatedData {
  readonly issuer: string
  readonly subject: string
  /**
   * Names of the document's accepted answers that it has given; only {@link CredentialStore.noteUpstreamProofs} adds any.
   * Absent: none yet.
   */
  readonly proved?: readonly string[]
}

export interface CredentialStore {
  /**
   * A set of recovery codes takes the place of the account's present one, in the same step. So does a verified address,
   * which is the account's `email` from then on.
   *
   * `duplicate`: the account has a password already, or the WebAuthn credential id, the upstream subject or the id is known.
   */
  add(credential: Credential): Promise<'added' | 'duplicate' | 'unknown_account'>
  /** Oldest first. */
  forAccount(accountId: string): Promise<readonly Credential[]>
  byId(id: string): Promise<Credential | undefined>
  /** By the authenticator's own id, base64url. */
  byWebAuthnId(credentialId: string): Promise<WebAuthnCredential | undefined>
  /** By who the person is at an upstream provider. */
  byUpstreamSubject(issuer: string, subject: string): Promise<FederatedCredential | undefined>
  /** Adds what is not noted yet. False where there is no such link. */
  noteUpstreamProofs(credentialId: string, names: readonly string[]): Promise<boolean>
  /**
   * Puts the new password in the place of the account's present one, or adds the first. With `expectedId` only where the
   * present one has that id: a rehash must not undo a change of password made meanwhile. False: nothing was changed.
   */
  replacePassword(credential: PasswordCredential, expectedId?: string): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** False where there is no such credential. */
  rename(id: string, label: string): Promise<boolean>
  /** Notes the last use; an older time than the one known changes nothing. */
  touch(id: string, now: EpochSeconds): Promise<void>
  /**
   * RFC 6238 §5.2: true only where `step` is greater than every step accepted before. With `now` its use is noted in the
   * same step, as {@link CredentialStore.touch} would.
   */
  acceptTotpStep(credentialId: string, step: number, now?: EpochSeconds): Promise<boolean>
  /** Uses up the code at `place` of the set: true for exactly one caller, ever. */
  acceptRecoveryCode(credentialId: string, place: number): Promise<boolean>
  /** WebAuthn §7.2 step 22: true only where the counter rose, or the authenticator keeps none (0 then and now). */
  acceptCounter(credentialId: string, counter: number): Promise<boolean>
}

/** The authentication record of a provider session. */
export interface SessionEventStore {
  /**
   * Adds events; one that is known already (same method, time and request) is left as it is. A session belongs to one
   * account for ever: events of another are refused with `StoreError` `store_conflict`. Of each method the newest
   * {@link keptEventsPerMethod} are kept.
   */
  append(
    sessionUid: string,
    accountId: string,
    events: readonly AuthenticationEvent[],
    now: EpochSeconds,
  ): Promise<void>
  /** Oldest event first. */
  read(sessionUid: string): Promise<SessionEvents | undefined>
  /** Notes where a known session was used; to the minute, so that use costs no commit each time. */
  seen(sessionUid: string, use: SessionUse, now: EpochSeconds): Promise<void>
  /** Those of one account that have a record, the last seen first, at most {@link listedSessions}. */
  forAccount(accountId: string): Promise<readonly SessionSummary[]>
  /** Takes back the events of these methods that were made at or before `until`. The session stays. */
  dropMethods(sessionUid: string, methods: readonly string[], until: EpochSeconds): Promise<void>
  /** Uids of sessions whose account was disabled or is gone, at most `limit`. */
  orphaned(limit: number): Promise<readonly string[]>
  remove(sessionUid: string): Promise<void>
  /** Removes the records of sessions to which nothing was appended at or after `before`; tells how many sessions. */
  removeExpired(before: EpochSeconds): Promise<number>
}

export interface SessionEvents {
  readonly accountId: string
  readonly events: readonly AuthenticationEvent[]
}

/** Where a session was used from. */
export interface SessionUse {
  readonly address: string
  /** A few words about the browser; never its whole description of itself. Absent: it said nothing known. */
  readonly device?: string
}

export interface SessionSummary extends Partial<SessionUse> {
  readonly uid: string
  /** Absent: the session began before this was noted. */
  readonly firstSeenAt?: EpochSeconds
  readonly lastSeenAt?: EpochSeconds
}

export const listedSessions = 200

/** Logouts that relying parties are still to be told of, by whichever node lives. */
export interface LogoutNoticeStore {
  /** Keeps one until it is removed or expires. One of the same id is left as it is. */
  add(notice: LogoutNotice, dueAt: EpochSeconds, expiresAt: EpochSeconds): Promise<void>
  /** Those that are due, at most `limit`, the oldest first. Each comes to one caller, and is due again at `dueAgainAt`. */
  claim(
    now: EpochSeconds,
    dueAgainAt: EpochSeconds,
    limit: number,
  ): Promise<readonly LogoutNotice[]>
  remove(id: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface LogoutNotice {
  readonly id: string
  readonly clientId: string
  readonly accountId: string
  /** Of the session at this client. Absent: all sessions of the account there. */
  readonly sid?: string
}

/** What happened to an account, for its owner to read. Append-only. */
export interface SecurityEventStore {
  /**
   * Adds one, and keeps the newest {@link keptSecurityEvents} of the account. An account that does not exist has none:
   * nothing is kept then.
   */
  append(event: SecurityEvent): Promise<void>
  /** Newest first. */
  recent(accountId: string, limit: number): Promise<readonly SecurityEvent[]>
  /** Removes what is older than `before`; tells how many. */
  removeExpired(before: EpochSeconds): Promise<number>
}

export interface SecurityEvent {
  readonly accountId: string
  readonly at: EpochSeconds
  readonly type: string
  readonly method?: string
  readonly clientId?: string
  readonly address?: string
  readonly device?: string
}

export const keptSecurityEvents = 200

/** The record serves decisions, for which the newest event of a method speaks; history belongs to the audit. */
export const keptEventsPerMethod = 32

/** What the provider remembers while it asks a person something. Compare-and-set on `version`. */
export interface InteractionStore {
  /** The id must be new, else `StoreError` `store_conflict`. */
  create(state: InteractionState, expiresAt: EpochSeconds): Promise<void>
  read(id: string, now: EpochSeconds): Promise<InteractionState | undefined>
  /**
   * Writes only where the stored version is `expectedVersion`; what is stored then has `expectedVersion + 1`, whatever
   * `state.version` says. False: somebody else was quicker, or it is gone.
   */
  update(id: string, expectedVersion: number, state: InteractionState): Promise<boolean>
  remove(id: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface InteractionState {
  readonly id: string
  readonly version: number
  readonly accountId?: string
  readonly csrfToken: string
  /** Proved in this interaction so far. */
  readonly events: readonly AuthenticationEvent[]
  readonly failedAttempts: number
  /** What the authenticator gave to remember when it asked; removed before its answer is verified. */
  readonly pending?: { readonly method: string; readonly state: Json }
  readonly enrolment?: Json
  /** What somebody does beside signing in, such as resetting a password. */
  readonly errand?: Json
  /** Methods that were tried here and cannot prove what is asked. Absent: none. */
  readonly spent?: readonly string[]
}

/** Counts wrong answers per key (the caller composes keys of account, method, address). */
export interface AttemptStore {
  /**
   * Counts one failure and locks at the limit. While locked nothing is counted and the lock is not prolonged, so that a
   * stranger cannot keep a person out for ever. A window starts with its first failure; after a lock counting starts anew.
   *
   * To be safe against guesses in parallel, call it *before* verifying, refuse where `counted` is false, and `clear`
   * after a right answer.
   */
  fail(key: string, now: EpochSeconds, limit: AttemptLimit): Promise<CountedFailure>
  /**
   * What was counted was no failure: it counts no more, and where it locked the key the lock is lifted. A lock that another
   * failure brought about stays. `taken` is what `fail` told; where it did not count there is nothing to take back.
   */
  takeBack(
    key: string,
    now: EpochSeconds,
    limit: AttemptLimit,
    taken: CountedFailure,
  ): Promise<void>
  state(key: string, now: EpochSeconds): Promise<LockState>
  /** Forgets the failures, a lock, and the locks before it. */
  clear(key: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface AttemptLimit {
  /** Failures older than this no longer count. */
  readonly windowSeconds: number
  /** The failure with this number locks. At least 1. */
  readonly attempts: number
  readonly lockSeconds: number
  /** Absent: every lock is as long as the first. */
  readonly backOff?: LockBackOff
}

/** Each further lock of a key is twice as long as the one before. */
export interface LockBackOff {
  /** The longest lock. */
  readonly mostSeconds: number
  /** How long after the end of a lock it still makes the next one longer. */
  readonly forgetAfterSeconds: number
}

export interface LockState {
  /** Present while locked: the first second in which answers are taken again. */
  readonly lockedUntil?: EpochSeconds
  /** In the present window. */
  readonly failures: number
}

export interface CountedFailure extends LockState {
  /** False where the key was locked before this call. */
  readonly counted: boolean
}

/** The removal of a lost factor that waits for the end of its cool-down. One at a time for an account. */
export interface RecoveryStore {
  /** `pending`: the account has one that has not lapsed at `now`; it stays as it is. */
  begin(
    recovery: FactorRecovery,
    now: EpochSeconds,
  ): Promise<'begun' | 'pending' | 'unknown_account'>
  read(accountId: string, now: EpochSeconds): Promise<FactorRecovery | undefined>
  /** Ends it: true for exactly one caller, who then does what is to be done. */
  take(accountId: string, id: string): Promise<boolean>
  /** Those whose cool-down is over and whose owner was not told, at most `limit`. */
  due(now: EpochSeconds, limit: number): Promise<readonly FactorRecovery[]>
  /** Notes that the owner is told of the end of the cool-down: true for exactly one caller. */
  announce(accountId: string, id: string): Promise<boolean>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface FactorRecovery {
  readonly id: string
  readonly accountId: string
  /** What the person said is lost, and is removed at the end. */
  readonly credentialIds: readonly string[]
  readonly requestedAt: EpochSeconds
  /** The cool-down is over in this second. */
  readonly readyAt: EpochSeconds
  /** It lapses in this second. */
  readonly expiresAt: EpochSeconds
}

/** `next` is published before it signs, `active` signs, `retired` is still published so that its tokens verify. */
export type KeyState = 'next' | 'active' | 'retired'

/** A signing key. The private part is sealed before it comes here. */
export interface StoredKey {
  readonly kid: string
  readonly state: KeyState
  readonly alg: string
  readonly publicJwk: JsonObject
  readonly sealedPrivateJwk: Uint8Array
  readonly createdAt: EpochSeconds
  readonly activatedAt?: EpochSeconds
  readonly retiredAt?: EpochSeconds
}

/** At most one key is `active` and at most one is `next`, whoever asks at the same time. */
export interface KeyStore {
  /** Oldest first. */
  list(): Promise<readonly StoredKey[]>
  /** False where the kid is known, or another key has the state `active` or `next` that this one wants. */
  add(key: StoredKey): Promise<boolean>
  /** Makes the `next` key active and retires the one that was, in one step. False where `kid` is not `next`. */
  activate(kid: string, at: EpochSeconds): Promise<boolean>
  /** False where there is no such key or it is retired already. */
  retire(kid: string, at: EpochSeconds): Promise<boolean>
  remove(kid: string): Promise<boolean>
}

/**
 * Every secret of the database, to be sealed anew when the operator's key changes. What a Redis keeps beside it is left out:
 * it ends within the hour.
 */
export interface SealedStore {
  /** A page of one kind, in a stable order. What is written meanwhile may come or not. */
  list(kind: SealedKind, page: SealedPageRequest): Promise<SealedPage>
  /** Puts the new one where the old one still stands, all in one step; tells how many. */
  replace(values: readonly (readonly [value: SealedValue, next: Uint8Array])[]): Promise<number>
}

/** `database`: what it keeps about itself. */
export type SealedKind = 'artifact' | 'interaction' | 'credential' | 'signing-key' | 'database'

export interface SealedPageRequest {
  readonly limit: number
  /** The `next` of the page before. Absent: from the start. */
  readonly after?: string
}

export interface SealedPage {
  readonly values: readonly SealedValue[]
  /** Absent on the last page. */
  readonly next?: string
}

export interface SealedValue {
  readonly kind: SealedKind
  /** What names it among those of its kind. */
  readonly key: string
  readonly place: SealedPlace
  readonly sealed: Uint8Array
}
