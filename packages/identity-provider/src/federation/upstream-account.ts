import type { EpochSeconds } from '@newel/policy'
import { emailCredential } from '../authenticators/email-code/email-credential.ts'
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
  for (const username of usernames(random, upstream, offered, address)) {
    const account: Account = {
      id: randomId(random),
      username,
      ...(offered.name !== undefined && { name: offered.name }),
      ...(address !== undefined && { email: address }),
      disabled: false,
      createdAt: now,
    }
    const credential = newLink(random, upstream, account.id, subject, now)
    const made = await store.accounts.createWith(account, [
      credential,
      ...(address === undefined ? [] : [emailCredential(random, account.id, address, now)]),
    ])
    if (made === 'created') return { account, credential, created: true }
    if (made === 'username_taken') continue
    // The same person came twice at once: the other visit made the account.
    const other = await linkedAccount(registry, credential.data)
    return other && { ...other, created: false }
  }
  return undefined
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

/** What is wished, and then what nobody has. Without an address that is theirs nobody has a name in the form of one. */
function usernames(
  random: RandomBytes,
  { config }: Upstream,
  { username }: OfferedProfile,
  address: string | undefined,
): readonly string[] {
  const wished = username === undefined || address !== undefined ? username : beforeAt(username)
  // 48 random bits.
  const ending = Buffer.from(random(6)).toString('hex')
  const free = `${beforeAt(wished ?? config.id)}-${ending}`
  return wished === undefined ? [free] : [wished, free]
}
