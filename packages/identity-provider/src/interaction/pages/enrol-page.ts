import type { Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import type { AnswerError } from './answer-error.ts'
import { document } from './document.ts'
import {
  buttonForm,
  continueButton,
  errorId,
  errorNote,
  oneTimeCodeField,
  postForm,
} from './form.ts'
import type { Fragment, Html } from './markup.ts'
import { html, trusted } from './markup.ts'
import type { WebAuthnMethod } from './method-words.ts'
import type { InteractionFrame } from './page-frame.ts'
import { methodChoices } from './ways.ts'
import type { WebAuthnCeremony } from './webauthn-form.ts'
import { webauthnForm } from './webauthn-form.ts'

interface EnrolFrame extends InteractionFrame {
  readonly username: string
  readonly error?: AnswerError
  readonly attemptsLeft?: number
  /** Address to which "Try another way" is posted: back to the choice. Absent: there is no choice. */
  readonly chooseAction?: string
}

/** What to set up. Posts `method` to `action`. */
export interface EnrolChoiceModel extends EnrolFrame {
  readonly step: 'choose'
  /** The best first. */
  readonly methods: readonly Method[]
}

/** An authenticator app. Posts `method=totp` and the first `code` to `action`. */
export interface EnrolTotpModel extends EnrolFrame {
  readonly step: 'totp'
  /** An `svg` element, made by this program: it goes into the page as it is. Dark modules on a light ground. */
  readonly qrSvg: string
  /** The secret in base32, for typing. */
  readonly key: string
  /** `otpauth://` address, for an app on this very device. Absent: no link. */
  readonly otpauthUri?: string
}

/** A passkey or security key. Posts `method` and `webauthn_response` to `action`. */
export interface EnrolWebAuthnModel extends EnrolFrame {
  readonly step: 'webauthn'
  readonly method: WebAuthnMethod
  readonly webauthn: WebAuthnCeremony
}

/** Setting up an authenticator. The password that comes before is asked by the step-up page. */
export type EnrolPageModel = EnrolChoiceModel | EnrolTotpModel | EnrolWebAuthnModel

export function enrolPage(model: EnrolPageModel): Html {
  if (model.step === 'choose') {
    return enrolDocument(model, 'Set up another way to confirm', undefined, choose(model))
  }
  if (model.step === 'totp') {
    return enrolDocument(model, 'Set up your authenticator app', 'totp', totp(model))
  }
  const title = model.method === 'passkey' ? 'Set up a passkey' : 'Set up a security key'
  return enrolDocument(model, title, model.method, webauthn(model))
}

function enrolDocument(
  model: EnrolPageModel,
  title: string,
  method: Method | undefined,
  content: Fragment,
): Html {
  return document(model, {
    page: 'enrol',
    ...(method !== undefined && { method }),
    title,
    failed: model.error !== undefined,
    webauthn: model.step === 'webauthn',
    main: html`${opening(title, ledes[model.step === 'webauthn' ? model.method : model.step], 'enrol')}
      ${accountLine(model.username)} ${model.step === 'totp' ? undefined : errorNote(model)}
      ${content}
      <div class="ways-out">
        ${model.chooseAction !== undefined && buttonForm({ action: model.chooseAction, label: 'Try another way', kind: 'quiet' }, model.csrfToken)}
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

const ledes = {
  choose: 'It takes a minute, and keeps this account yours even if someone learns your password.',
  totp: 'Your app will show a new code every half minute. You enter one when we ask for it.',
  passkey:
    'Sign in with your fingerprint, face or device PIN. Nothing to remember, nothing to type.',
  'security-key': 'Keep your key at hand. Your browser will ask you to plug it in or tap it.',
} as const

function choose(model: EnrolChoiceModel): Fragment {
  return methodChoices(model.action, model.csrfToken, model.methods, 'enrol')
}

function totp(model: EnrolTotpModel): Fragment {
  return html`<ol class="steps">
    <li>
      <p>Scan this with your authenticator app.</p>
      <div class="qr" role="img" aria-label="QR code with the key below">
        ${trusted(model.qrSvg)}
      </div>
      <p class="hint">Or type this key into the app:</p>
      <p class="key"><code>${groups(model.key)}</code></p>
      ${model.otpauthUri !== undefined && html`<p class="hint"><a href="${model.otpauthUri}">Open an app on this device</a></p>`}
    </li>
    <li>
      <p>Enter the code that it shows now.</p>
      ${errorNote(model)}
      ${postForm(
        model.action,
        model.csrfToken,
        html`<input type="hidden" name="method" value="totp" /> ${oneTimeCodeField({
            // At first the QR code is what to look at; a focused field would scroll a phone past it.
            focused: model.error !== undefined,
            invalid: model.error !== undefined,
            hint: undefined,
          })}
          ${continueButton}`,
      )}
    </li>
  </ol>`
}

/** Four characters at a time are easier to copy by eye; apps ignore the spaces. */
function groups(key: string): string {
  return key.replace(/(.{4})(?=.)/g, '$1 ')
}

function webauthn(model: EnrolWebAuthnModel): Fragment {
  return webauthnForm({
    action: model.action,
    csrfToken: model.csrfToken,
    method: model.method,
    ceremony: model.webauthn,
    kind: 'create',
    label: model.method === 'passkey' ? 'Create a passkey' : 'Register a security key',
    primary: true,
    describedBy: model.error === undefined ? undefined : errorId,
    withoutScript: html`This needs JavaScript, which your browser does not run
    here.${model.chooseAction !== undefined && ' Please choose “Try another way” below.'}`,
  })
}
