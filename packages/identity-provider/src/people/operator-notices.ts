import type { EpochSeconds, Method } from '@newel/policy'
import type { ProviderLogger } from '../identity-provider-options.ts'
import type { Locale } from '../interaction/pages/locale.ts'
import { type AccountLetter, accountLetter } from '../mail/account-letters.ts'
import { type Mailer, createOutbox } from '../mail/index.ts'
import { createNotices } from '../notices/notices.ts'
import type { Store } from '../store/index.ts'

/** By which people are told what an operator did to their account. */
export interface PeopleMail {
  readonly mailer: Mailer
  /** What people call the provider. */
  readonly providerName: string
  /** For a person whose own language is not known. Absent: the default of the pages. */
  readonly language?: Locale | undefined
  /** Is told what was not sent. Absent: nobody is. */
  readonly logger?: Pick<ProviderLogger, 'warn'> | undefined
}

/** What an operator does that its owner is told, as if it had been done on a page. */
export type OperatorAct =
  | {
      readonly type: 'authenticator_enrolled' | 'authenticator_removed'
      readonly method: Method
    }
  | { readonly type: 'method_unlocked'; readonly method: Method }
  | { readonly type: 'password_changed' }
  | { readonly type: OwnLetter }

type OwnLetter = Extract<
  AccountLetter,
  'recovery_stopped' | 'recovery_finished' | 'account_disabled' | 'account_enabled'
>

export interface OperatorNotices {
  observe(act: OperatorAct & { readonly accountId: string; readonly at: EpochSeconds }): void
  /** Tries each letter that waits once more; takes no others. */
  close(): Promise<void>
}

/** A command ends no later than a mail server that does not answer lets it, in milliseconds. */
const longestWait = 20_000

export function createOperatorNotices(
  { mailer, providerName, language, logger }: PeopleMail,
  store: Pick<Store, 'accounts' | 'credentials' | 'securityEvents'>,
): OperatorNotices {
  const outbox = createOutbox({ logger })
  const notices = createNotices({ store, mailer, outbox, providerName, language })
  return {
    observe(act) {
      switch (act.type) {
        case 'method_unlocked':
          // Its owner waits for it, and sees it.
          return
        case 'authenticator_enrolled':
        case 'authenticator_removed':
        case 'password_changed':
          notices.observe(act)
          return
        default: {
          const { type, accountId } = act
          notices.tell(accountId, (locale, { username }) =>
            accountLetter(type, locale, { provider: providerName, username }),
          )
        }
      }
    },
    close: async () => outbox.close(longestWait),
  }
}
