import { fieldOf } from '../interaction/form-body.ts'
import { recoveryCodesPage } from '../interaction/pages/index.ts'
import { type AccountExchange, frameOf, send } from './account-exchange.ts'

/**
 * A new set each time that the page is opened: the codes are on the page and nowhere else, and what is remembered are their
 * digests. The page names its set, so that an older tab cannot put another set in force than the one that it shows.
 */
export async function showRecoveryCodes(exchange: AccountExchange, status = 200): Promise<void> {
  const { visit, base, state } = exchange
  const { desk, account, credentials, now } = visit
  const method = 'recovery-code'
  const { enrolment } = desk.authenticators.byId(method)
  const begun = await enrolment.begin({ account, credentials, now })
  await desk.states.settle(state.id, now, () => ({
    enrolment: { stage: 'begun', method, state: begun.state, view: null },
  }))
  const page = recoveryCodesPage({
    ...frameOf(exchange),
    codes: codesIn(begun.view),
    set: fieldOf(begun.view, 'set') ?? '',
    action: `${base}/add`,
    cancelAction: `${base}/add/cancel`,
  })
  send(exchange, page, status)
}

function codesIn(view: unknown): readonly string[] {
  const codes = typeof view === 'object' && view !== null && 'codes' in view ? view.codes : []
  return Array.isArray(codes) ? codes.map(String) : []
}
