import type { EpochSeconds } from '@newel/policy'
import type { Credential } from './credential.ts'
import type { JsonObject } from './json.ts'

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
