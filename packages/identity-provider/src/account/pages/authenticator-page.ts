import { buttonForm, field, postForm } from '../../interaction/pages/form.ts'
import type { Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { Credential } from '../../store/index.ts'
import { type AccountFrame, accountLayout, backLink } from './account-layout.ts'
import { accountWords } from './account-words.ts'
import { nameOf } from './credential-name.ts'

/** Name and removal of one authenticator. */
export function authenticatorPage(
  model: AccountFrame & { readonly credential: Credential; readonly removable: boolean },
): Html {
  const words = accountWords(model)
  const label = nameOf(model.credential, words)
  const target = `${model.base}/authenticators/${model.credential.id}`
  return accountLayout(
    model,
    'account-authenticator',
    `${words.change}: ${label}`,
    words.removeLede,
    html`${postForm(
      `${target}/rename`,
      model.csrfToken,
      html`${field({
          id: 'label',
          name: 'label',
          label: words.name,
          type: 'text',
          autocomplete: 'off',
          value: label,
          focused: model.refusal === 'invalid_label',
          invalid: model.refusal === 'invalid_label',
        })}<button class="button primary" type="submit">${words.save}</button>`,
    )}
    ${
      model.removable
        ? buttonForm(
            { action: `${target}/remove`, label: words.remove, kind: 'secondary' },
            model.csrfToken,
          )
        : model.refusal !== 'last_way_to_sign_in' &&
          html`<p class="note info">${words.error_last_way_to_sign_in}</p>`
    }
    ${backLink(model, words)}`,
  )
}
