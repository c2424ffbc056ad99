import type { Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import { methodWords } from './method-words.ts'
import type { PageFrame } from './page-frame.ts'

/** Something was set up. "Continue" is posted to `action`. */
export interface EnrolledPageModel extends PageFrame {
  readonly clientName: string
  readonly username: string
  readonly action: string
  readonly csrfToken: string
  /** What was set up. */
  readonly method: Method
  /**
   * Whether the request at hand goes on with it. `false`: what was just set up does not answer the request during which
   * it was set up; the person returns to the relying party and tries again.
   */
  readonly continues: boolean
}

export function enrolledPage(model: EnrolledPageModel): Html {
  const { name } = methodWords(model.method)
  const title = `${name === 'One-time code' ? 'Your authenticator app' : name} is set up`
  return document(model, {
    page: 'enrolled',
    method: model.method,
    title,
    main: html`${opening(
      title,
      model.continues
        ? html`You can use it from now on. Continue, and we will ask for it once.`
        : html`For your safety, it does not count for the request you came with. We take you back to
            <strong>${model.clientName}</strong>: try again there, and we will ask for it.`,
    )}
    ${accountLine(model.username)}
    ${buttonForm({ action: model.action, label: 'Continue', kind: 'primary' }, model.csrfToken)}`,
  })
}
