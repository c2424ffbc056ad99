import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm, continueButton, postForm } from './form.ts'
import type { Fragment, Html } from './markup.ts'
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

const words = wordsIn({
  en: {
    title: (client: string) => `Allow ${client}?`,
    lede: (client: Fragment) => html`${client} would like to:`,
    use: (scope: Fragment) => html`Use ${scope}`,
  },
  de: {
    title: (client) => `${client} zulassen?`,
    lede: (client) => html`${client} möchte:`,
    use: (scope) => html`${scope} verwenden`,
  },
  fr: {
    title: (client) => `Autoriser ${client} ?`,
    lede: (client) => html`${client} souhaite :`,
    use: (scope) => html`Utiliser ${scope}`,
  },
})

export function consentPage(model: ConsentPageModel): Html {
  return document(model, {
    page: 'consent',
    title: words(model).title(model.clientName),
    main: html`${opening(
        words(model).title(model.clientName),
        words(model).lede(html`<strong>${model.clientName}</strong>`),
        'consent',
      )}
      <ul class="scopes" aria-labelledby="consent">
        ${model.scopes.map(({ name, description }) => html`<li>${description ?? words(model).use(html`<code>${name}</code>`)}</li>`)}
      </ul>
      ${accountLine(model.username, model)}
      ${postForm(model.action, model.csrfToken, continueButton(model))}
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}
