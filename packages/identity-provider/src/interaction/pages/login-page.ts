import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import { type AnswerError, fieldState } from './answer-error.ts'
import { opening } from './account.ts'
import { document } from './document.ts'
import {
  buttonForm,
  continueButton,
  errorNote,
  passwordField,
  postForm,
  usernameField,
} from './form.ts'
import type { Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import type { InteractionFrame } from './page-frame.ts'
import { type UpstreamLink, upstreamLinks } from './upstream-links.ts'
import type { WebAuthnCeremony } from './webauthn-form.ts'
import { webauthnButtonLabel, webauthnForm } from './webauthn-form.ts'

/**
 * First sign-in. Posts to `action`: `method=password` with `username` and `password`, or `method=passkey` with
 * `webauthn_response`.
 */
export interface LoginPageModel extends InteractionFrame {
  /** What was typed before, or a hint from the relying party. Stays editable. */
  readonly username?: string
  readonly error?: AnswerError
  /** Attempts left before the method is locked. Absent: not told. */
  readonly attemptsLeft?: number
  /** Leads to "Forgot your password?". Absent: not offered. */
  readonly resetHref?: string
  /** Leads to "Create an account". Absent: not offered. */
  readonly signUpHref?: string
  /** What was done just before. */
  readonly notice?: 'password_reset' | 'signed_up'
  /** Offers "Use a passkey". Absent: passwords only. */
  readonly webauthn?: WebAuthnCeremony
  /** Other providers to sign in through. Absent: none. */
  readonly upstreams?: readonly UpstreamLink[]
}

const words = wordsIn({
  en: {
    title: 'Sign in',
    lede: (client: Fragment) => html`to continue to ${client}`,
    or: 'or',
    forgot: 'Forgot your password?',
    signUp: 'Create an account',
    signed_up: 'Your account is ready. Sign in with your passkey to go on.',
    password_reset: 'Your new password is set. Sign in with it.',
    withoutScript: 'Passkeys need JavaScript. You can sign in with your password instead.',
  },
  de: {
    title: 'Anmelden',
    lede: (client) => html`um mit ${client} fortzufahren`,
    or: 'oder',
    forgot: 'Passwort vergessen?',
    signUp: 'Konto erstellen',
    signed_up: 'Ihr Konto ist eingerichtet. Melden Sie sich mit Ihrem Passkey an, um fortzufahren.',
    password_reset: 'Ihr neues Passwort ist gespeichert. Melden Sie sich damit an.',
    withoutScript:
      'Passkeys brauchen JavaScript. Sie können sich stattdessen mit Ihrem Passwort anmelden.',
  },
  fr: {
    title: 'Se connecter',
    lede: (client) => html`pour continuer vers ${client}`,
    or: 'ou',
    forgot: 'Mot de passe oublié ?',
    signUp: 'Créer un compte',
    signed_up: 'Votre compte est prêt. Connectez-vous avec votre clé d’accès pour continuer.',
    password_reset: 'Votre nouveau mot de passe est enregistré. Utilisez-le pour vous connecter.',
    withoutScript:
      'Les clés d’accès nécessitent JavaScript. Vous pouvez vous connecter avec votre mot de passe.',
  },
})

export function loginPage(model: LoginPageModel): Html {
  const failed = model.error !== undefined
  const nameKnown = model.username !== undefined && model.username !== ''
  return document(model, {
    page: 'login',
    method: 'password',
    title: words(model).title,
    failed,
    webauthn: model.webauthn !== undefined,
    main: html`${opening(words(model).title, words(model).lede(html`<strong>${model.clientName}</strong>`))}
      ${model.notice !== undefined && !failed && html`<p class="note info" role="status">${words(model)[model.notice]}</p>`}
      ${errorNote(model)}
      ${postForm(
        model.action,
        model.csrfToken,
        html`<input type="hidden" name="method" value="password" />
          ${usernameField({ value: model.username, focused: !nameKnown, ...fieldState(model.error) }, model)}
          ${passwordField({ focused: nameKnown, ...fieldState(model.error) }, model)}
          ${continueButton(model)}`,
      )}
      ${
        model.webauthn !== undefined &&
        html`<p class="or"><span>${words(model).or}</span></p>
          ${webauthnForm({
            action: model.action,
            csrfToken: model.csrfToken,
            method: 'passkey',
            ceremony: model.webauthn,
            kind: 'get',
            spoken: model,
            label: webauthnButtonLabel('passkey', model),
            primary: false,
            withoutScript: words(model).withoutScript,
          })}`
      }
      ${
        model.upstreams !== undefined &&
        html`${model.webauthn === undefined && html`<p class="or"><span>${words(model).or}</span></p>`}
        ${upstreamLinks(model.upstreams, 'secondary', model)}`
      }
      ${beside(model)}
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

/** For people who cannot answer what the page asks. */
function beside(model: LoginPageModel): Fragment | undefined {
  const { resetHref, signUpHref } = model
  if (resetHref === undefined && signUpHref === undefined) return undefined
  return html`<p class="beside">
    ${resetHref !== undefined && html`<a href="${resetHref}">${words(model).forgot}</a>`}
    ${signUpHref !== undefined && html`<a href="${signUpHref}">${words(model).signUp}</a>`}
  </p>`
}
