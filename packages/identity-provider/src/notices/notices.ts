import type { EpochSeconds } from '@newel/policy'
import { type Locale, defaultLocale, locales } from '../interaction/pages/locale.ts'
import type { Mailer, Outbox } from '../mail/index.ts'
import { addressIdentity, plainAddress } from '../mail/index.ts'
import type { Letter } from '../mail/letter.ts'
import type { ObserveProvider, ProviderEvent } from '../provider-event.ts'
import type { Account, Credential, Store } from '../store/index.ts'
import { type Notice, noticeLetter } from './notice-letter.ts'

/** Letters to people about their accounts. Whatever becomes of a letter, what it tells of went on without waiting. */
export interface Notices {
  /** Tells the owner where they may want to know. To be given every event. */
  readonly observe: ObserveProvider
  /** Tells the address that an account had before it got another one. */
  addressChanged(changed: {
    readonly account: Account
    readonly former: string
    readonly at: EpochSeconds
    readonly language?: Locale
  }): void
  /** Sends another letter to the owner of an account, at the address and in the language that all notices go in. */
  tell(
    accountId: string,
    letter: (locale: Locale, account: Account) => Letter,
    language?: Locale,
  ): void
}

export interface NoticesOptions {
  readonly store: Pick<Store, 'accounts' | 'credentials' | 'securityEvents'>
  readonly mailer: Mailer
  readonly outbox: Outbox
  readonly providerName: string
  /** What people call the upstream providers, by id. Absent: none is spoken of. */
  readonly upstreamNames?: ReadonlyMap<string, string>
  /** For a person whose own language is not known. Absent: the default of the pages. */
  readonly language?: Locale | undefined
}

export function createNotices(options: NoticesOptions): Notices {
  const { store, mailer, outbox, providerName, upstreamNames } = options

  function languageOf(account: Account, spoken: Locale | undefined): Locale {
    const own = account.attributes?.['locale']
    const [tag] = typeof own === 'string' ? own.toLowerCase().split('-') : []
    return locales.find((one) => one === tag) ?? spoken ?? options.language ?? defaultLocale
  }

  /** Whether nobody signed in from there for as long as events are kept; the first sign-in of all is no news. */
  async function isNewDevice({ at, device }: ProviderEvent, accountId: string): Promise<boolean> {
    if (device === undefined) return false
    const before = (await store.securityEvents.recent(accountId, 200)).filter(
      (event) => event.type === 'signed_in' && event.at < at,
    )
    return before.length > 0 && !before.some((event) => event.device === device)
  }

  function tell(
    accountId: string,
    letter: (locale: Locale, account: Account) => Letter,
    language?: Locale,
    isNews: () => Promise<boolean> = async () => true,
  ): void {
    outbox.post(async () => {
      const account = await store.accounts.byId(accountId)
      if (account === undefined || !(await isNews())) return undefined
      const to = addressFor(account, await store.credentials.forAccount(accountId))
      return to === undefined
        ? undefined
        : { to, ...letter(languageOf(account, language), account) }
    }, mailer)
  }

  return {
    observe(event) {
      const notice = noticeOf(event)
      const { accountId, language, at, device, address } = event
      if (notice === undefined || accountId === undefined) return
      tell(
        accountId,
        (locale, { username }) =>
          noticeLetter({
            notice,
            locale,
            providerName,
            upstreamNames,
            username,
            at,
            device,
            address,
          }),
        language,
        notice.kind === 'new_device' ? async () => isNewDevice(event, accountId) : undefined,
      )
    },
    addressChanged({ account, former, at, language }) {
      const locale = languageOf(account, language)
      const notice = { kind: 'address_changed' } as const
      const { username } = account
      const letter = noticeLetter({ notice, locale, providerName, username, at })
      outbox.post({ to: former, ...letter }, mailer)
    },
    tell: (accountId, letter, language) => {
      tell(accountId, letter, language)
    },
  }
}

/** Undefined: nothing that its owner has to be told at once. */
function noticeOf(event: ProviderEvent): Notice | undefined {
  switch (event.type) {
    case 'authenticator_enrolled':
      return event.method === 'recovery-code'
        ? { kind: 'recovery_codes_made' }
        : { kind: 'added', method: event.method }
    case 'authenticator_removed':
      return { kind: 'removed', method: event.method }
    case 'password_changed':
      return { kind: 'password_changed' }
    case 'proof_accepted':
      return event.method === 'recovery-code' ? { kind: 'recovery_code_used' } : undefined
    case 'method_locked':
      return { kind: 'locked', method: event.method }
    case 'signed_in':
      return { kind: 'new_device' }
    default:
      return undefined
  }
}

/** The verified address, else the one that the account came with. */
export function addressFor(
  account: Account,
  credentials: readonly Credential[],
): string | undefined {
  const verified = credentials.find((known) => known.method === 'email-code')
  return verified?.data.address ?? (account.email && plainAddress(account.email))
}

/** The address that stops being the account's with this credential. Undefined: none does. */
export function formerAddress(
  account: Account,
  credentials: readonly Credential[],
  added: Credential,
): string | undefined {
  const former = addressFor(account, credentials)
  if (added.method !== 'email-code' || former === undefined) return undefined
  return addressIdentity(former) === addressIdentity(added.data.address) ? undefined : former
}
