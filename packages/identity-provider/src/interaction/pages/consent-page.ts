import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm, continueButton, postForm } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { InteractionFrame } from './page-frame.ts'

/** May this relying party have what it asks? "Continue" posts to `action`: yes. */
export interface ConsentPageModel extends InteractionFrame {
  readonly username: string
  /** What it asks for, in the order shown. */
  readonly scopes: readonly ConsentScope[]
}

export interface ConsentScope {
  readonly name: string
  /** What it means for the person. Absent: the name has to do. */
  readonly description?: string
}

export function consentPage(model: ConsentPageModel): Html {
  return document(model, {
    page: 'consent',
    title: `Allow ${model.clientName}?`,
    main: html`${opening(
        html`Allow ${model.clientName}?`,
        html`<strong>${model.clientName}</strong> would like to:`,
        'consent',
      )}
      <ul class="scopes" aria-labelledby="consent">
        ${model.scopes.map(({ name, description }) => html`<li>${description ?? html`Use <code>${name}</code>`}</li>`)}
      </ul>
      ${accountLine(model.username)} ${postForm(model.action, model.csrfToken, continueButton)}
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}
