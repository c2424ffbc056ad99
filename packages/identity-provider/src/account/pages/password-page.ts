import type { AnswerError } from '../../interaction/pages/answer-error.ts'
import { errorNote, postForm } from '../../interaction/pages/form.ts'
import type { Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import { newPasswordField } from '../../interaction/pages/new-password-field.ts'
import type { Credential } from '../../store/index.ts'
import { type AccountFrame, accountLayout, backLink } from './account-layout.ts'
import { accountWords } from './account-words.ts'

export function passwordPage(
  model: AccountFrame & {
    readonly refused?: AnswerError
    /** Without a password among them, it is the first one. */
    readonly credentials: readonly Credential[]
  },
): Html {
  const spoken = model.locale === undefined ? {} : { locale: model.locale }
  const words = accountWords(model)
  const present = hasPassword(model.credentials)
  return accountLayout(
    model,
    'account-password',
    present ? words.password : words.setPassword,
    present ? words.passwordLede : words.firstPasswordLede,
    html`${errorNote({ ...spoken, error: model.refused })}
    ${postForm(
      `${model.base}/password`,
      model.csrfToken,
      html`${newPasswordField({ username: model.username, invalid: model.refused !== undefined }, model)}<button
          class="button primary"
          type="submit"
        >
          ${present ? words.changePassword : words.setPassword}
        </button>`,
    )}
    ${backLink(model, words)}`,
  )
}

export function hasPassword(credentials: readonly Credential[]): boolean {
  return credentials.some(({ method }) => method === 'password')
}
