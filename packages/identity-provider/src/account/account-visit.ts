import type { EpochSeconds, Requirement } from '@newel/policy'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Provider } from 'oidc-provider'
import type { InteractionDesk } from '../interaction/interaction-visit.ts'
import type { Locale } from '../interaction/pages/index.ts'
import { requestLocale } from '../interaction/send-page.ts'
import { provenMethods } from '../session/reachable.ts'
import { standingRecord } from '../session/session-record.ts'
import type { Account, Credential } from '../store/index.ts'
import { type ProofInHand, isProvedFresh } from './fresh-proof.ts'

/** A person who is signed in to the provider, at their account. */
export interface AccountVisit {
  readonly desk: InteractionDesk
  /** Absent: an API's token stands in the place of the session. */
  readonly sessionUid?: string
  readonly account: Account
  readonly credentials: readonly Credential[]
  readonly proof: ProofInHand
  /** Whether what is in hand meets the requirement now. */
  readonly isProved: (asked: Requirement) => boolean
  readonly now: EpochSeconds
  /** Where the request came from. */
  readonly from: {
    readonly address: string
    readonly userAgent: string | undefined
    /** In which its sender is spoken to. */
    readonly language: Locale
  }
}

/** Judged anew for every request: by the session's cookie, the account and the record as they are now. */
export async function openAccountVisit(
  desk: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<AccountVisit | undefined> {
  const session = await sessionOf(desk.provider(), request, reply)
  if (session === undefined) return undefined
  const account = await desk.store.accounts.byId(session.accountId)
  if (account === undefined || account.disabled) return undefined
  const now = desk.clock()
  const credentials = await desk.store.credentials.forAccount(account.id)
  const proof: ProofInHand = {
    levels: desk.document.levels,
    record: standingRecord(await desk.readRecord(session.uid), credentials, desk.document),
    enrolled: provenMethods(desk.document, desk.authenticators, credentials),
    now,
  }
  return {
    desk,
    sessionUid: session.uid,
    account,
    credentials,
    now,
    proof,
    isProved: (asked) => isProvedFresh(proof, asked),
    from: senderOf(desk, request),
  }
}

export function senderOf(desk: InteractionDesk, request: FastifyRequest): AccountVisit['from'] {
  return {
    address: request.ip,
    userAgent: request.headers['user-agent'],
    language: requestLocale(desk, request),
  }
}

async function sessionOf(
  provider: Provider,
  { raw: req }: FastifyRequest,
  { raw: res }: FastifyReply,
): Promise<{ readonly uid: string; readonly accountId: string } | undefined> {
  // Outside a request of the library it takes no more of the context than these two.
  const context = { req, res } as unknown as Parameters<Provider['Session']['get']>[0]
  const { uid, accountId } = await provider.Session.get(context)
  return accountId === undefined ? undefined : { uid, accountId }
}
