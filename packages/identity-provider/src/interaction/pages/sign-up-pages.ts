import type { SignUpMethod } from '@newel/policy-document'
import { accountLine, opening } from './account.ts'
import { commonWords } from './common-words.ts'
import { document } from './document.ts'
import { type ErrandPageModel, errandPage } from './errand-form.ts'
import { buttonForm, errorId, errorNote, field, oneTimeCodeField, postForm } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import { wordsIn } from './locale.ts'
import type { WebAuthnCeremony } from './webauthn-form.ts'
import { webauthnForm } from './webauthn-form.ts'

const words = wordsIn({
  en: {
    title: 'Create an account',
    lede: 'First we make sure that your address reaches you.',
    email: 'Email address',
    codeTitle: 'Check your email',
    codeLede: 'A letter is on its way to you. It may take a minute.',
    fromEmail: 'From the email, 8 digits',
    again: 'Use another address, or send another code',
    nameLede: 'Choose what to be called here, and how you will sign in.',
    password: 'Go on with a password',
    passkey: 'Go on with a passkey',
    passwordTitle: 'Choose a password',
    passwordLede: 'It signs you in from now on.',
    hint: 'At least 8 characters. A few words are fine.',
    create: 'Create account',
    passkeyTitle: 'Create a passkey',
    passkeyLede: 'It signs you in with your fingerprint, face or device PIN. There is no password.',
    back: 'I have an account: sign in',
  },
  de: {
    title: 'Konto erstellen',
    lede: 'Zuerst stellen wir sicher, dass Ihre Adresse Sie erreicht.',
    email: 'E-Mail-Adresse',
    codeTitle: 'Sehen Sie in Ihrer E-Mail nach',
    codeLede: 'Ein Brief ist zu Ihnen unterwegs. Das kann eine Minute dauern.',
    fromEmail: 'Aus der E-Mail, 8 Ziffern',
    again: 'Andere Adresse verwenden oder anderen Code senden',
    nameLede: 'Wählen Sie, wie Sie hier heißen und wie Sie sich anmelden.',
    password: 'Mit einem Passwort weiter',
    passkey: 'Mit einem Passkey weiter',
    passwordTitle: 'Ein Passwort wählen',
    passwordLede: 'Damit melden Sie sich ab jetzt an.',
    hint: 'Mindestens 8 Zeichen. Ein paar Wörter sind gut.',
    create: 'Konto erstellen',
    passkeyTitle: 'Einen Passkey erstellen',
    passkeyLede:
      'Er meldet Sie mit Fingerabdruck, Gesicht oder Geräte-PIN an. Ein Passwort gibt es nicht.',
    back: 'Ich habe ein Konto: anmelden',
  },
  fr: {
    title: 'Créer un compte',
    lede: 'D’abord, nous vérifions que votre adresse vous parvient.',
    email: 'Adresse e-mail',
    codeTitle: 'Consultez votre messagerie',
    codeLede: 'Une lettre est en route. Cela peut prendre une minute.',
    fromEmail: 'Dans l’e-mail, 8 chiffres',
    again: 'Utiliser une autre adresse ou envoyer un autre code',
    nameLede: 'Choisissez votre nom ici et votre moyen de connexion.',
    password: 'Continuer avec un mot de passe',
    passkey: 'Continuer avec une clé d’accès',
    passwordTitle: 'Choisir un mot de passe',
    passwordLede: 'Il vous connecte désormais.',
    hint: 'Au moins 8 caractères. Quelques mots conviennent.',
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
    fields: field({
      id: 'email',
      name: 'email',
      label: email,
      type: 'text',
      autocomplete: 'email',
      focused: true,
      invalid: model.error !== undefined,
    }),
  })
}

/** Posts `code`. Says the same whether a code or another letter goes out. */
export function signUpCodePage(model: ErrandPageModel & { readonly againHref: string }): Html {
  const { codeTitle, codeLede, fromEmail, again, back } = words(model)
  return errandPage(model, {
    page: 'sign-up-code',
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

export interface SignUpNameModel extends ErrandPageModel {
  /** What was typed, or the address. */
  readonly suggested?: string
  readonly methods: readonly SignUpMethod[]
}

/** Posts `username` and, by the button, `first`. */
export function signUpNamePage(model: SignUpNameModel): Html {
  const { title, nameLede, back, ...labels } = words(model)
  return document(model, {
    page: 'sign-up-name',
    title,
    failed: model.error !== undefined,
    main: html`${opening(title, nameLede)} ${errorNote(model)}
      ${postForm(
        model.action,
        model.csrfToken,
        html`${field({
          id: 'username',
          name: 'username',
          label: commonWords(model).username,
          type: 'text',
          autocomplete: 'username',
          value: model.suggested,
          focused: true,
          invalid: model.error !== undefined,
        })}
        ${model.methods.map(
          (method, index) =>
            html`<button
              class="button ${index === 0 ? 'primary' : 'secondary'}"
              type="submit"
              name="first"
              value="${method}"
            >
              ${labels[method]}
            </button>`,
        )}`,
      )}
      <div class="ways-out">
        ${model.backHref !== undefined && html`<a href="${model.backHref}">${back}</a>`}
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

/** Posts `password`, or `webauthn_response` where `webauthn` is there. */
export function signUpFirstPage(
  model: ErrandPageModel & { readonly username: string; readonly webauthn?: WebAuthnCeremony },
): Html {
  const said = words(model)
  const passkey = model.webauthn !== undefined
  const title = passkey ? said.passkeyTitle : said.passwordTitle
  return document(model, {
    page: 'sign-up-first',
    method: passkey ? 'passkey' : 'password',
    title,
    failed: model.error !== undefined,
    webauthn: passkey,
    main: html`${opening(title, passkey ? said.passkeyLede : said.passwordLede)}
      ${accountLine(model.username, model)} ${errorNote(model)}
      ${
        model.webauthn === undefined
          ? postForm(
              model.action,
              model.csrfToken,
              html`<input
                  type="text"
                  autocomplete="username"
                  value="${model.username}"
                  readonly
                  hidden
                />
                ${field({
                  id: 'new-password',
                  name: 'password',
                  label: commonWords(model).password,
                  type: 'password',
                  autocomplete: 'new-password',
                  hint: said.hint,
                  focused: true,
                  invalid: model.error !== undefined,
                })}
                <button class="button primary" type="submit">${said.create}</button>`,
            )
          : webauthnForm({
              action: model.action,
              csrfToken: model.csrfToken,
              method: 'passkey',
              ceremony: model.webauthn,
              kind: 'create',
              spoken: model,
              label: said.passkeyTitle,
              primary: true,
              describedBy: model.error === undefined ? undefined : errorId,
              withoutScript: commonWords(model).needsScript,
            })
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}
