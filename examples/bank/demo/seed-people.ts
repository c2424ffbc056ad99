import { randomBytes } from 'node:crypto'
import { createAuthenticators } from '@newel/identity-provider'
import type { Account, Sealer, Store } from '@newel/identity-provider'
import type { EpochSeconds } from '@newel/policy'
import type { DemoPerson } from './demo-people.ts'
import { keyBytes, oneTimeCode } from './one-time-code.ts'

export interface SeedOptions {
  readonly store: Store
  readonly sealer: Sealer
  readonly issuer: string
  readonly now: EpochSeconds
}

/** Make the demo people who are not there yet. Returns the `sub` of each, by user name. */
export async function seedPeople(
  people: readonly DemoPerson[],
  options: SeedOptions,
): Promise<ReadonlyMap<string, string>> {
  const subjects = new Map<string, string>()
  for (const person of people) {
    const known = await options.store.accounts.byUsername(person.username)
    subjects.set(person.username, known?.id ?? (await seedPerson(person, options)))
  }
  return subjects
}

async function seedPerson(
  person: DemoPerson,
  { store, sealer, issuer, now }: SeedOptions,
): Promise<string> {
  const account: Account = {
    id: randomBytes(16).toString('base64url'),
    username: person.username,
    name: person.name,
    disabled: false,
    createdAt: now,
  }
  const key = person.totpSecret === undefined ? undefined : keyBytes(person.totpSecret)
  const { hostname, origin } = new URL(issuer)
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: hostname,
    origins: [origin],
    rpName: 'Newel',
    // An enrolment like any other, but for its key: the page with the codes must know it.
    random: (size) => (size === key?.length ? key : randomBytes(size)),
  })
  const enrol = async (id: 'password' | 'totp', response: string, at: EpochSeconds) => {
    const { enrolment } = authenticators.byId(id)
    const { state } = await enrolment.begin({ account, credentials: [], now: at })
    const result = await enrolment.finish({ account, response, state, now: at })
    if (!result.ok) throw new Error(`the ${id} of \`${person.username}\` is ${result.reason}`)
    return result.credential
  }
  // An enrolment spends its code; one of some minutes ago leaves the present one to the person.
  const before = now - 300
  const credentials = [await enrol('password', person.password, now)]
  if (person.totpSecret !== undefined) {
    credentials.push(await enrol('totp', oneTimeCode(person.totpSecret, before), before))
  }
  await store.accounts.create(account)
  for (const credential of credentials) await store.credentials.add(credential)
  return account.id
}
