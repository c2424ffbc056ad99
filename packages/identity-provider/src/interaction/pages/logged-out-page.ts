import { opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

export interface LoggedOutPageModel extends PageFrame {
  /** A way on, followed by GET; its address must be known to be safe. Absent: none is known. */
  readonly back?: { readonly href: string; readonly label: string }
}

export function loggedOutPage(model: LoggedOutPageModel): Html {
  return document(model, {
    page: 'logged-out',
    title: 'You are signed out',
    main: html`${opening('You are signed out', html`Your session with ${model.providerName} has ended. You can close this page.`)}
    ${model.back !== undefined && html`<p class="action"><a class="button secondary" href="${model.back.href}">${model.back.label}</a></p>`}`,
  })
}
