import { field } from './form.ts'
import type { Spoken } from './locale.ts'
import { wordsIn } from './locale.ts'
import type { Fragment } from './markup.ts'
import { html } from './markup.ts'

const words = wordsIn({
  en: { newPassword: 'New password', hint: 'At least 8 characters. A few words are fine.' },
  de: { newPassword: 'Neues Passwort', hint: 'Mindestens 8 Zeichen. Ein paar Wörter genügen.' },
  fr: {
    newPassword: 'Nouveau mot de passe',
    hint: 'Au moins 8 caractères. Quelques mots suffisent.',
  },
})

/** A password to be chosen; it is what its page asks, so it has the focus. */
export function newPasswordField(
  model: {
    /** Whose it becomes: a password manager keeps it under this name. */
    readonly username: string
    readonly invalid: boolean
    /** Absent: "New password". */
    readonly label?: string
  },
  spoken: Spoken,
): Fragment {
  const { newPassword, hint } = words(spoken)
  // Without a name the first one is not sent: it speaks to the password manager alone.
  return html`<input
      type="text"
      autocomplete="username"
      value="${model.username}"
      readonly
      hidden
    />
    ${field({
      id: 'new-password',
      name: 'password',
      label: model.label ?? newPassword,
      type: 'password',
      autocomplete: 'new-password',
      hint,
      focused: true,
      invalid: model.invalid,
    })}`
}
