import type { EpochSeconds } from '@newel/policy'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import {
  type Account,
  type FederatedCredential,
  type FederatedData,
  type Store,
} from '../store/index.ts'
import { type OfferedProfile, beforeAt, offeredProfile } from './offered-profile.ts'
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
 * whatever name or address the upstream tells, and takes neither from one that has it.
 */
export async function provisionAccount(
  registry: Registry,
  upstream: Upstream,
  subject: string,
  profile: Readonly<Record<string, unknown>>,
  now: EpochSeconds,
): Promise<(LinkedAccount & { readonly created: boolean }) | undefined> {
  const { store, random } = registry
  const offered = offeredProfile(profile, upstream.config)
  const address = await freeAddress(store, offered)
  const account = await createAccount(registry, upstream, offered, address, now)
  const credential = newLink(random, upstream, account.id, subject, now)
  if ((await store.credentials.add(credential)) !== 'added') {
    // The same person came twice at once: the other visit made the account.
    await store.accounts.remove(account.id)
    const other = await linkedAccount(registry, credential.data)
    return other && { ...other, created: false }
  }
  if (address !== undefined) {
    await store.credentials.add({
      id: randomId(random),
      accountId: account.id,
      method: 'email-code',
      label: 'Email address',
      createdAt: now,
      data: { address },
    })
  }
  return { account, credential, created: true }
}

/** The verified address, unless somebody has it: as their address, confirmed or not, or as their user name. */
async function freeAddress(
  { accounts }: Registry['store'],
  { address }: OfferedProfile,
): Promise<string | undefined> {
  if (address === undefined) return undefined
  const [owner] = await accounts.byEmail(address)
  const namesake = owner ?? (await accounts.byUsername(address))
  return namesake === undefined ? address : undefined
}

async function createAccount(
  { store, random }: Registry,
  { config }: Upstream,
  { username, name }: OfferedProfile,
  address: string | undefined,
  now: EpochSeconds,
): Promise<Account> {
  const base = { disabled: false, createdAt: now, ...(name !== undefined && { name }) }
  // Without an address that is theirs nobody has a name in the form of one.
  const wished = username === undefined || address !== undefined ? username : beforeAt(username)
  if (wished !== undefined) {
    const first = { ...base, id: randomId(random), username: wished }
    if ((await store.accounts.create(first)) === 'created') return first
  }
  const second = {
    ...base,
    id: randomId(random),
    // 48 random bits: nobody has this name.
    username: `${beforeAt(wished ?? config.id)}-${Buffer.from(random(6)).toString('hex')}`,
  }
  await store.accounts.create(second)
  return second
}
