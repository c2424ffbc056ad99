import type { SignUpMethod } from '@newel/policy-document'
import { commonWords } from './common-words.ts'
import { type ErrandPageModel, codeErrandPage, errandForm, errandPage } from './errand-form.ts'
import { errorId, field } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import { wordsIn } from './locale.ts'
import { newPasswordField } from './new-password-field.ts'
import type { WebAuthnCeremony } from './webauthn-form.ts'
import { webauthnForm } from './webauthn-form.ts'

const words = wordsIn({
  en: {
    title: 'Create an account',
    lede: 'First we make sure that email to your address reaches you.',
    email: 'Email address',
    codeLede: 'An email is on its way to you. It may take a minute.',
    again: 'Use another address, or send another code',
    nameLede: 'Choose what to be called here, and how you will sign in.',
    password: 'Go on with a password',
    passkey: 'Go on with a passkey',
    passwordTitle: 'Choose a password',
    passwordLede: 'It signs you in from now on.',
    create: 'Create account',
    passkeyTitle: 'Create a passkey',
    passkeyLede: 'It signs you in with your fingerprint, face or device PIN. There is no password.',
    back: 'I have an account: sign in',
  },
  de: {
    title: 'Konto erstellen',
    lede: 'Zuerst stellen wir sicher, dass E-Mails an Ihre Adresse Sie erreichen.',
    email: 'E-Mail-Adresse',
    codeLede: 'Eine E-Mail ist zu Ihnen unterwegs. Das kann eine Minute dauern.',
    again: 'Andere Adresse verwenden oder neuen Code senden',
    nameLede: 'Wählen Sie, wie Sie hier heißen und wie Sie sich anmelden.',
    password: 'Mit einem Passwort weiter',
    passkey: 'Mit einem Passkey weiter',
    passwordTitle: 'Ein Passwort wählen',
    passwordLede: 'Damit melden Sie sich ab jetzt an.',
    create: 'Konto erstellen',
    passkeyTitle: 'Einen Passkey erstellen',
    passkeyLede:
      'Er meldet Sie mit Fingerabdruck, Gesicht oder Geräte-PIN an. Ein Passwort gibt es nicht.',
    back: 'Ich habe ein Konto: anmelden',
  },
  fr: {
    title: 'Créer un compte',
    lede: 'D’abord, nous vérifions que cette adresse est bien la vôtre.',
    email: 'Adresse e-mail',
    codeLede: 'Un e-mail est en route. Cela peut prendre une minute.',
    again: 'Utiliser une autre adresse ou envoyer un nouveau code',
    nameLede: 'Choisissez votre nom d’utilisateur et votre moyen de connexion.',
    password: 'Continuer avec un mot de passe',
    passkey: 'Continuer avec une clé d’accès',
    passwordTitle: 'Choisir un mot de passe',
    passwordLede: 'C’est avec lui que vous vous connecterez désormais.',
    create: 'Créer le compte',
    passkeyTitle: 'Créer une clé d’accès',
    passkeyLede:
      'Elle vous connecte avec votre empreinte, votre visage ou le code de l’appareil, sans mot de passe.',
    back: 'J’ai un compte : me connecter',
  },
})

/** Posts `email`. */
export function signUpPage(model: ErrandPageModel): Html {
  const { title, lede, email, back } = words(model)
  return errandPage(model, {
    page: 'sign-up',
    title,
    lede,
    back,
    form: errandForm(
      model,
      field({
        id: 'email',
        name: 'email',
        label: email,
        type: 'text',
        autocomplete: 'email',
        focused: true,
        invalid: model.error !== undefined,
      }),
    ),
  })
}

/** Says the same whether a code or another letter goes out. */
export function signUpCodePage(model: ErrandPageModel & { readonly againHref: string }): Html {
  const { codeLede, again, back } = words(model)
  return codeErrandPage(model, { page: 'sign-up-code', lede: codeLede, again, back })
}

export interface SignUpNameModel extends ErrandPageModel {
  /** What was typed, or the address. */
  readonly suggested?: string
  readonly methods: readonly SignUpMethod[]
}

/** Posts `username` and, by the button, `first`. */
export function signUpNamePage(model: SignUpNameModel): Html {
  const { title, nameLede, back, ...labels } = words(model)
  return errandPage(model, {
    page: 'sign-up-name',
    title,
    lede: nameLede,
    back,
    form: errandForm(
      model,
      field({
        id: 'username',
        name: 'username',
        label: commonWords(model).username,
        type: 'text',
        autocomplete: 'username',
        value: model.suggested,
        focused: true,
        invalid: model.error !== undefined,
      }),
      model.methods.map(
        (method, index) =>
          html`<button
            class="button ${index === 0 ? 'primary' : 'secondary'}"
            type="submit"
            name="first"
            value="${method}"
          >
            ${labels[method]}
          </button>`,
      ),
    ),
  })
}

/** Posts `password`, or `webauthn_response` where `webauthn` is there. */
export function signUpFirstPage(
  model: ErrandPageModel & { readonly username: string; readonly webauthn?: WebAuthnCeremony },
): Html {
  const { passwordTitle, passwordLede, passkeyTitle, passkeyLede, create, back } = words(model)
  const { username, error, webauthn } = model
  const label = commonWords(model).password
  if (webauthn === undefined) {
    return errandPage(model, {
      page: 'sign-up-first',
      method: 'password',
      title: passwordTitle,
      lede: passwordLede,
      username,
      back,
      form: errandForm(
        model,
        newPasswordField({ username, label, invalid: error !== undefined }, model),
        html`<button class="button primary" type="submit">${create}</button>`,
      ),
    })
  }
  return errandPage(model, {
    page: 'sign-up-first',
    method: 'passkey',
    title: passkeyTitle,
    lede: passkeyLede,
    username,
    back,
    webauthn: true,
    form: webauthnForm({
      action: model.action,
      csrfToken: model.csrfToken,
      method: 'passkey',
      ceremony: webauthn,
      kind: 'create',
      spoken: model,
      label: passkeyTitle,
      primary: true,
      describedBy: error === undefined ? undefined : errorId,
      withoutScript: commonWords(model).needsScript,
    }),
  })
}
