import type { AnswerError } from './answer-error.ts'
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
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { InteractionFrame } from './page-frame.ts'
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
  /** Offers "Use a passkey". Absent: passwords only. */
  readonly webauthn?: WebAuthnCeremony
}

export function loginPage(model: LoginPageModel): Html {
  const failed = model.error !== undefined
  const nameKnown = model.username !== undefined && model.username !== ''
  return document(model, {
    page: 'login',
    method: 'password',
    title: 'Sign in',
    failed,
    webauthn: model.webauthn !== undefined,
    main: html`${opening('Sign in', html`to continue to <strong>${model.clientName}</strong>`)}
      ${errorNote(model)}
      ${postForm(
        model.action,
        model.csrfToken,
        html`<input type="hidden" name="method" value="password" />
          ${usernameField({ value: model.username, focused: !nameKnown, invalid: failed })}
          ${passwordField({ focused: nameKnown, invalid: failed })} ${continueButton}`,
      )}
      ${
        model.webauthn !== undefined &&
        html`<p class="or"><span>or</span></p>
          ${webauthnForm({
            action: model.action,
            csrfToken: model.csrfToken,
            method: 'passkey',
            ceremony: model.webauthn,
            kind: 'get',
            label: webauthnButtonLabel('passkey'),
            primary: false,
            withoutScript: 'Passkeys need JavaScript. You can sign in with your password instead.',
          })}`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}
