import type { FastifyReply, FastifyRequest } from 'fastify'
import { pageFrame, sendPage } from '../interaction/send-page.ts'
import type { InteractionState } from '../store/index.ts'
import type { AccountVisit } from './account-visit.ts'
import type { AccountFrame, AccountNotice } from './pages/account-layout.ts'

/** A request of a person at their account, with what answers it. */
export interface AccountExchange {
  readonly visit: AccountVisit
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** The CSRF token, and what is being set up: kept with the provider's session. */
  readonly state: InteractionState
  /** Address of the account pages, without a closing slash. */
  readonly base: string
}

export function frameOf({ visit, request, state, base }: AccountExchange): AccountFrame {
  return {
    ...pageFrame(visit.desk, request),
    username: visit.account.username,
    csrfToken: state.csrfToken,
    base,
  }
}

export function send({ visit, request, reply }: AccountExchange, page: string, status = 200): void {
  sendPage({ desk: visit.desk, request, reply, params: {} }, page, status)
}

export function toAccount({ reply, base }: AccountExchange, notice?: AccountNotice): void {
  void reply.redirect(notice === undefined ? base : `${base}?notice=${notice}`, 303)
}
