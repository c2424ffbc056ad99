import type { EpochSeconds } from '@newel/policy'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import {
  type Account,
  type FederatedCredential,
  type FederatedData,
  type Store,
  normaliseUsername,
} from '../store/index.ts'
import type { Upstream } from './upstreams.ts'

interface Registry {
  readonly store: Pick<Store, 'accounts' | 'credentials'>
  readonly random: RandomBytes
}

/** Whose account a subject of an upstream is linked to. */
export interface LinkedAccount {
  readonly account: Account
  readonly credential: FederatedCredential
}

export async function linkedAccount(
  { store }: Pick<Registry, 'store'>,
  { issuer, subject }: FederatedData,
): Promise<LinkedAccount | undefined> {
  const credential = await store.credentials.byUpstreamSubject(issuer, subject)
  const account = credential && (await store.accounts.byId(credential.accountId))
  return credential && account && { account, credential }
}

/** A link to be stored. */
export function newLink(
  random: RandomBytes,
  { config }: Upstream,
  accountId: string,
  subject: string,
  now: EpochSeconds,
): FederatedCredential {
  return {
    id: randomId(random),
    accountId,
    method: 'federated',
    label: config.name,
    createdAt: now,
    data: { issuer: config.issuer, subject },
  }
}

/**
 * A new account for somebody who comes through the upstream for the first time. It is never one that is there already,
 * whatever name or address the upstream tells.
 */
export async function provisionAccount(
  registry: Registry,
  upstream: Upstream,
  subject: string,
  profile: Readonly<Record<string, unknown>>,
  now: EpochSeconds,
): Promise<LinkedAccount | undefined> {
  const { store, random } = registry
  const account = await createAccount(registry, upstream, profile, now)
  const credential = newLink(random, upstream, account.id, subject, now)
  if ((await store.credentials.add(credential)) === 'added') return { account, credential }
  // The same person came twice at once: the other visit made the account.
  await store.accounts.remove(account.id)
  return linkedAccount(registry, credential.data)
}

const longestUsername = 256
const longestName = 256

async function createAccount(
  { store, random }: Registry,
  { config }: Upstream,
  profile: Readonly<Record<string, unknown>>,
  now: EpochSeconds,
): Promise<Account> {
  const { preferred_username: preferred, name, email, email_verified: verified } = profile
  const wished =
    [preferred, email].find((value) => isName(value, longestUsername - 20)) ?? config.id
  const base = {
    disabled: false,
    createdAt: now,
    ...(isName(name, longestName) && { name }),
    ...(verified === true && isAddress(email) && { email }),
  }
  const first = { ...base, id: randomId(random), username: wished.trim() }
  const taken = wished === config.id || (await store.accounts.create(first)) === 'username_taken'
  if (!taken) return first
  const second = {
    ...base,
    id: randomId(random),
    // 48 random bits: nobody has this name.
    username: `${first.username}-${Buffer.from(random(6)).toString('hex')}`,
  }
  await store.accounts.create(second)
  return second
}

function isName(value: unknown, longest: number): value is string {
  return (
    typeof value === 'string' &&
    normaliseUsername(value) !== '' &&
    value.length <= longest &&
    !/\p{C}/u.test(value)
  )
}

function isAddress(value: unknown): value is string {
  return isName(value, 254) && /^[^\s@]+@[^\s@]+$/.test(value)
}
