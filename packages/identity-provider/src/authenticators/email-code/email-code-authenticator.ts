import { plainAddress } from '../../mail/address.ts'
import type { MailedCodes } from '../../mail/mailed-code.ts'
import { type RandomBytes, randomId } from '../../secrets/random-bytes.ts'
import type { Json, JsonObject } from '../../store/json.ts'
import type { Account } from '../../store/account-store.ts'
import type { Credential, EmailCredential } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import { objectOf, textOf } from '../answer-state.ts'
import type {
  Authenticator,
  EnrolmentAnswer,
  EnrolmentResult,
  Undelivered,
} from '../authenticator.ts'
import { proved } from '../proved.ts'
import { emailCredential } from './email-credential.ts'

export interface EmailCodeOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly random: RandomBytes
  /** Absent: nothing can be sent, and the method is not offered. */
  readonly mailedCodes?: MailedCodes | undefined
}

/** Between two letters to the same page, in seconds: a letter takes a while. */
export const resendSeconds = 30

const notSent = { throttled: 'throttled', undeliverable: 'undeliverable' } as const

/** A mailbox that the person can read. The credential is an address that was shown to be theirs by a code sent to it. */
export function createEmailCodeAuthenticator(options: EmailCodeOptions): Authenticator {
  const { store, random, mailedCodes } = options

  return {
    id: 'email-code',
    proves: mailedCodes === undefined ? [] : ['email-code'],
    question: 'until-right',
    available: (credentials) =>
      mailedCodes !== undefined && credentials.some(({ method }) => method === 'email-code')
        ? ['email-code']
        : [],

    async begin({ account, credentials, now, reader, instead }) {
      const credential = ownAddress(account, credentials)
      if (mailedCodes === undefined || credential === undefined || reader === undefined) return {}
      const id = randomId(random)
      const boundTo = JSON.stringify([reader.request, credential.accountId])
      const before = textOf(objectOf(instead), 'id')
      return {
        state: { id, boundTo, credentialId: credential.id },
        async deliver(): Promise<Undelivered | undefined> {
          const sent = await mailedCodes.send({
            id,
            purpose: 'confirm',
            address: credential.data.address,
            delivery: 'send',
            boundTo,
            locale: reader.locale,
            from: reader.from,
            now,
            ...(before === undefined ? {} : { replaces: before }),
          })
          return sent.kind === 'sent' ? undefined : notSent[sent.kind]
        },
      }
    },

    async verify({ account, credentials, response, state, now }) {
      const asked = objectOf(state)
      const id = textOf(asked, 'id')
      const boundTo = textOf(asked, 'boundTo', 1024)
      if (mailedCodes === undefined || id === undefined || boundTo === undefined) {
        return { ok: false, reason: 'expired' }
      }
      // Removed or changed since the letter went out: what comes back from there proves nothing.
      const credential = ownAddress(account, credentials)
      if (credential === undefined || credential.id !== textOf(asked, 'credentialId')) {
        return { ok: false, reason: 'unknown_credential' }
      }
      const judged = await mailedCodes.answer({ id, purpose: 'confirm', boundTo, response, now })
      if (!judged.ok) return judged
      return proved(store.credentials, credential, now, 'email-code')
    },

    enrolment: {
      /** First the address is asked, `view.suggested` being the one that the account has. */
      async begin({ account }) {
        return addressAsked(account)
      },
      /** An object with `address` has a code sent to it; a text is the code; an object with `another` starts anew. */
      async finish(answer) {
        const { account, response, state } = answer
        const asked = objectOf(state)
        if (mailedCodes === undefined || textOf(asked, 'accountId') !== account.id) {
          return { ok: false, reason: 'expired' }
        }
        const given = objectOf(response)
        if (given === undefined) return finishWithCode(mailedCodes, random, asked, answer)
        return Object.hasOwn(given, 'address')
          ? sendToNew(mailedCodes, random, asked, answer)
          : { ok: false, reason: 'unfinished', ...addressAsked(account) }
      },
    },
  }
}

function addressAsked({ id, email }: Account): { readonly state: Json; readonly view: Json } {
  return { state: { accountId: id }, view: { suggested: email ?? '' } }
}

async function sendToNew(
  codes: MailedCodes,
  random: RandomBytes,
  asked: JsonObject | undefined,
  { account, response, now, reader }: EnrolmentAnswer,
): Promise<EnrolmentResult> {
  const address = plainAddress(textOf(objectOf(response), 'address') ?? '')
  if (address === undefined) return { ok: false, reason: 'invalid_address' }
  if (reader === undefined) return { ok: false, reason: 'undeliverable' }
  const before = textOf(asked, 'id')
  const sentAt = asked?.['sentAt']
  if (
    typeof sentAt === 'number' &&
    now < sentAt + resendSeconds &&
    asked?.['address'] === address
  ) {
    return { ok: false, reason: 'too_soon' }
  }
  const boundTo = JSON.stringify(['enrolment', account.id, randomId(random)])
  const sent = await codes.send({
    purpose: 'verify-address',
    address,
    delivery: 'send',
    boundTo,
    locale: reader.locale,
    from: reader.from,
    now,
    ...(before === undefined ? {} : { replaces: before }),
  })
  if (sent.kind !== 'sent') return { ok: false, reason: notSent[sent.kind] }
  return {
    ok: false,
    reason: 'unfinished',
    state: { accountId: account.id, id: sent.id, boundTo, address, sentAt: now },
    view: { address },
  }
}

async function finishWithCode(
  codes: MailedCodes,
  random: RandomBytes,
  asked: JsonObject | undefined,
  { account, response, now, label }: EnrolmentAnswer,
): Promise<EnrolmentResult> {
  const id = textOf(asked, 'id')
  const boundTo = textOf(asked, 'boundTo', 1024)
  if (id === undefined || boundTo === undefined) return { ok: false, reason: 'malformed' }
  const judged = await codes.answer({ id, purpose: 'verify-address', boundTo, response, now })
  if (!judged.ok) {
    return { ok: false, reason: judged.reason === 'replayed' ? 'expired' : judged.reason }
  }
  return {
    ok: true,
    credential: emailCredential(random, account.id, judged.address, now, label),
  }
}

function ownAddress(
  account: Account | undefined,
  credentials: readonly Credential[],
): EmailCredential | undefined {
  return credentials.find(
    (known): known is EmailCredential =>
      known.method === 'email-code' && known.accountId === account?.id,
  )
}
