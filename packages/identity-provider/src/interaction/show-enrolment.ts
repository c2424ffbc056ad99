import type { Method } from '@newel/policy'
import type { Json } from '../store/index.ts'
import { readEnrolment } from './enrolment-progress.ts'
import { finishUnmet } from './finish.ts'
import { addressOf } from './interaction-visit.ts'
import { enrolledPage } from './pages/index.ts'
import type { RefusedAnswer } from './refused-answer.ts'
import { clientNameOf, interactionFrame, pageFrame, sendPage } from './send-page.ts'
import { setUpPage } from './set-up-page.ts'
import type { StepUpVisit } from './step-question.ts'

/** What to scan or to confirm. It is begun once and stays the same when the page is opened again. */
export async function showSetUp(
  visit: StepUpVisit,
  method: Method,
  refused?: RefusedAnswer,
): Promise<void> {
  const begun = await begin(visit, method)
  if (begun === undefined) return finishUnmet(visit, 'unreachable')
  const frame = {
    ...interactionFrame(begun.visit, addressOf(visit, 'enrol/answer')),
    username: visit.account.username,
    ...(refused === undefined ? {} : { error: refused.error }),
  }
  const page = setUpPage(frame, method, begun.view)
  return sendPage(visit, page, refused?.status)
}

async function begin(
  visit: StepUpVisit,
  method: Method,
): Promise<{ readonly visit: StepUpVisit; readonly view: Json } | undefined> {
  const { desk, account, credentials, now } = visit
  const known = readEnrolment(visit.state.enrolment)
  if (known?.stage === 'begun' && known.method === method) return { visit, view: known.view }
  const authenticator = desk.authenticators.byMethod(method)
  if (authenticator === undefined) return undefined
  const begun = await authenticator.enrolment.begin({ account, credentials, now, method })
  const state = await desk.states.change(visit.state, {
    enrolment: { stage: 'begun', method, ...begun },
  })
  if (state !== undefined) return { visit: { ...visit, state }, view: begun.view }
  // Another tab was quicker; what it began is shown here too.
  return begin({ ...visit, state: await desk.states.reload(visit.state.id, now) }, method)
}

export async function showEnrolled(visit: StepUpVisit, method: Method): Promise<void> {
  const page = enrolledPage({
    ...pageFrame(visit.desk, visit.request, visit.params),
    clientName: clientNameOf(visit),
    username: visit.account.username,
    action: addressOf(visit),
    csrfToken: visit.state.csrfToken,
    method,
    continues: false,
  })
  return sendPage(visit, page)
}
