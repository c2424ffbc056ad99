import { type ErrandPageModel, codeErrandPage, errandForm, errandPage } from './errand-form.ts'
import { field } from './form.ts'
import type { Html } from './markup.ts'
import { wordsIn } from './locale.ts'
import { newPasswordField } from './new-password-field.ts'

const words = wordsIn({
  en: {
    title: 'Forgot your password?',
    lede: 'Tell us who you are, and we send a code to the address of your account.',
    who: 'Username or email address',
    codeLede:
      'If there is such an account, a code is on its way to its address. It may take a minute.',
    again: 'Send another code',
    newTitle: 'Choose a new password',
    newLede: 'You are signed out everywhere, and sign in with the new one.',
    back: 'Back to sign in',
  },
  de: {
    title: 'Passwort vergessen?',
    lede: 'Sagen Sie uns, wer Sie sind, und wir senden einen Code an die Adresse Ihres Kontos.',
    who: 'Benutzername oder E-Mail-Adresse',
    codeLede:
      'Wenn es ein solches Konto gibt, ist ein Code an seine Adresse unterwegs. Das kann eine Minute dauern.',
    again: 'Einen neuen Code senden',
    newTitle: 'Ein neues Passwort wählen',
    newLede: 'Sie werden überall abgemeldet und melden sich mit dem neuen an.',
    back: 'Zurück zur Anmeldung',
  },
  fr: {
    title: 'Mot de passe oublié ?',
    lede: 'Dites-nous qui vous êtes, et nous envoyons un code à l’adresse de votre compte.',
    who: 'Nom d’utilisateur ou adresse e-mail',
    codeLede:
      'Si un tel compte existe, un code est en route vers son adresse. Cela peut prendre une minute.',
    again: 'Envoyer un nouveau code',
    newTitle: 'Choisir un nouveau mot de passe',
    newLede: 'Vous serez déconnecté partout, puis vous vous reconnecterez avec le nouveau.',
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
    form: errandForm(
      model,
      field({
        id: 'username',
        name: 'username',
        label: who,
        type: 'text',
        autocomplete: 'username',
        focused: true,
        invalid: model.error !== undefined,
      }),
    ),
  })
}

/** Says the same whether anybody gets a code. */
export function resetCodePage(model: ErrandPageModel & { readonly againHref: string }): Html {
  const { codeLede, again, back } = words(model)
  return codeErrandPage(model, { page: 'reset-code', lede: codeLede, again, back })
}

/** Posts `password`. */
export function newPasswordPage(model: ErrandPageModel & { readonly username: string }): Html {
  const { newTitle, newLede, back } = words(model)
  const { username, error } = model
  return errandPage(model, {
    page: 'reset-password',
    title: newTitle,
    lede: newLede,
    username,
    back,
    form: errandForm(model, newPasswordField({ username, invalid: error !== undefined }, model)),
  })
}
