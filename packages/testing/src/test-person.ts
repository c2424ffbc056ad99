import type { Account, Authenticators, Store } from '@newel/identity-provider'
import { Secret, TOTP } from 'otpauth'

export interface TestPerson {
  readonly username: string
  readonly password: string
  readonly accountId: string
  /** Base32. Empty without TOTP. */
  readonly totpKey: string
}

/** Somebody with a password and, where `totp`, a one-time-code app, put into the store behind the provider's back. */
export async function addTestPerson(
  { store, authenticators }: { readonly store: Store; readonly authenticators: Authenticators },
  username: string,
  { totp, now, email }: { readonly totp: boolean; readonly now: number; readonly email?: string },
): Promise<TestPerson> {
  const password = `${username} has a long password`
  const account = {
    id: `sub-${username}`,
    username,
    ...(email === undefined ? {} : { email }),
    disabled: false,
    createdAt: now,
  }
  await store.accounts.create(account)
  const { enrolment } = authenticators.byId('password')
  const begun = await enrolment.begin({ account, credentials: [], now })
  const enrolled = await enrolment.finish({ account, response: password, state: begun.state, now })
  if (!enrolled.ok) throw new Error(enrolled.reason)
  await store.credentials.add(enrolled.credential)
  const totpKey = totp ? await addTotp(authenticators, store, account, now) : ''
  return { username, password, accountId: account.id, totpKey }
}

async function addTotp(
  authenticators: Authenticators,
  store: Store,
  account: Account,
  now: number,
): Promise<string> {
  const { enrolment } = authenticators.byId('totp')
  // Set up a while ago, so that the code of this moment is still unused.
  const then = now - 120
  const begun = await enrolment.begin({ account, credentials: [], now: then })
  const key = totpKeyOf(begun.view)
  const code = totpCode(key, then)
  const enrolled = await enrolment.finish({
    account,
    response: code,
    state: begun.state,
    now: then,
  })
  if (!enrolled.ok) throw new Error(enrolled.reason)
  await store.credentials.add(enrolled.credential)
  return key
}

function totpKeyOf(view: unknown): string {
  if (typeof view !== 'object' || view === null || !('secret' in view)) throw new Error('no key')
  return String(view.secret)
}

/** What the person's app shows at `now`. */
export function totpCode(key: string, now: number): string {
  return new TOTP({
    secret: Secret.fromBase32(key),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
  }).generate({
    timestamp: now * 1000,
  })
}
