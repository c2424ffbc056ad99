import { type ErrandPageModel, errandPage } from './errand-form.ts'
import { field, oneTimeCodeField } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import { wordsIn } from './locale.ts'

const words = wordsIn({
  en: {
    title: 'Forgot your password?',
    lede: 'Tell us who you are, and we send a code to the address of your account.',
    who: 'Username or email address',
    codeTitle: 'Check your email',
    codeLede:
      'If there is such an account, a code is on its way to its address. It may take a minute.',
    fromEmail: 'From the email, 8 digits',
    again: 'Send another code',
    newTitle: 'Choose a new password',
    newLede: 'You are signed out everywhere, and sign in with the new one.',
    newPassword: 'New password',
    hint: 'At least 8 characters. A few words are fine.',
    back: 'Back to sign in',
  },
  de: {
    title: 'Passwort vergessen?',
    lede: 'Sagen Sie uns, wer Sie sind, und wir senden einen Code an die Adresse Ihres Kontos.',
    who: 'Benutzername oder E-Mail-Adresse',
    codeTitle: 'Sehen Sie in Ihrer E-Mail nach',
    codeLede:
      'Wenn es ein solches Konto gibt, ist ein Code an seine Adresse unterwegs. Das kann eine Minute dauern.',
    fromEmail: 'Aus der E-Mail, 8 Ziffern',
    again: 'Einen anderen Code senden',
    newTitle: 'Ein neues Passwort wählen',
    newLede: 'Sie werden überall abgemeldet und melden sich mit dem neuen an.',
    newPassword: 'Neues Passwort',
    hint: 'Mindestens 8 Zeichen. Ein paar Wörter sind gut.',
    back: 'Zurück zur Anmeldung',
  },
  fr: {
    title: 'Mot de passe oublié ?',
    lede: 'Dites-nous qui vous êtes, et nous envoyons un code à l’adresse de votre compte.',
    who: 'Nom d’utilisateur ou adresse e-mail',
    codeTitle: 'Consultez votre messagerie',
    codeLede:
      'Si un tel compte existe, un code est en route vers son adresse. Cela peut prendre une minute.',
    fromEmail: 'Dans l’e-mail, 8 chiffres',
    again: 'Envoyer un autre code',
    newTitle: 'Choisir un nouveau mot de passe',
    newLede: 'Vous êtes déconnecté partout et vous reconnectez avec le nouveau.',
    newPassword: 'Nouveau mot de passe',
    hint: 'Au moins 8 caractères. Quelques mots conviennent.',
    back: 'Retour à la connexion',
  },
})

/** Posts `username`, which may be an address. */
export function resetPage(model: ErrandPageModel): Html {
  const { title, lede, who, back } = words(model)
  return errandPage(model, {
    page: 'reset',
    title,
    lede,
    back,
    fields: field({
      id: 'username',
      name: 'username',
      label: who,
      type: 'text',
      autocomplete: 'username',
      focused: true,
      invalid: model.error !== undefined,
    }),
  })
}

/** Posts `code`. Says the same whether anybody gets one. `againHref`: where another one is asked for. */
export function resetCodePage(model: ErrandPageModel & { readonly againHref: string }): Html {
  const { codeTitle, codeLede, fromEmail, again, back } = words(model)
  return errandPage(model, {
    page: 'reset-code',
    title: codeTitle,
    lede: codeLede,
    back,
    fields: oneTimeCodeField(
      { focused: true, invalid: model.error !== undefined, hint: fromEmail },
      model,
    ),
    after: html`<p class="hint"><a href="${model.againHref}">${again}</a></p>`,
  })
}

/** Posts `password`. */
export function newPasswordPage(model: ErrandPageModel & { readonly username: string }): Html {
  const { newTitle, newLede, newPassword, hint, back } = words(model)
  return errandPage(model, {
    page: 'reset-password',
    title: newTitle,
    lede: newLede,
    back,
    fields: html`<input
        type="text"
        autocomplete="username"
        value="${model.username}"
        readonly
        hidden
      />
      ${field({
        id: 'new-password',
        name: 'password',
        label: newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint,
        focused: true,
        invalid: model.error !== undefined,
      })}`,
  })
}
