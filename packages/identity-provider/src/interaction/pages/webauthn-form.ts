import { wordsIn } from './locale.ts'
import type { Spoken } from './locale.ts'
import { answerErrorText } from './answer-error.ts'
import { postForm } from './form.ts'
import type { Child, Fragment } from './markup.ts'
import { icon } from './icon.ts'
import { html } from './markup.ts'
import type { WebAuthnMethod } from './method-words.ts'

/** What the browser is to do with an authenticator. */
export interface WebAuthnCeremony {
  /** Request or creation options as JSON (WebAuthn level 3 §5.1.8, §5.1.9), as the authenticator's `view` gives them. */
  readonly options: unknown
  /**
   * Let the browser offer passkeys in the username's own list as soon as the page is open. Absent: only after the
   * button.
   */
  readonly autofill?: boolean
}

const words = wordsIn({
  en: {
    waiting: 'Follow the steps that your browser or device shows.',
    get: 'Nothing was confirmed. You can try again, or choose another way.',
    create: 'Nothing was set up. You can try again, or choose something else.',
    failed: 'That did not work on this device. You can try again, or choose another way.',
    use: { passkey: 'Use a passkey', 'security-key': 'Use a security key' },
  },
  de: {
    waiting: 'Folgen Sie den Schritten, die Ihr Browser oder Gerät zeigt.',
    get: 'Nichts wurde bestätigt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
    create:
      'Nichts wurde eingerichtet. Versuchen Sie es noch einmal oder wählen Sie etwas anderes.',
    failed:
      'Das hat auf diesem Gerät nicht geklappt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
    use: { passkey: 'Passkey verwenden', 'security-key': 'Sicherheitsschlüssel verwenden' },
  },
  fr: {
    waiting: 'Suivez les étapes affichées par votre navigateur ou votre appareil.',
    get: 'Rien n’a été confirmé. Vous pouvez réessayer ou choisir un autre moyen.',
    create: 'Rien n’a été configuré. Vous pouvez réessayer ou choisir autre chose.',
    failed:
      'Cela n’a pas fonctionné sur cet appareil. Vous pouvez réessayer ou choisir un autre moyen.',
    use: { passkey: 'Utiliser une clé d’accès', 'security-key': 'Utiliser une clé de sécurité' },
  },
})

export interface WebAuthnFormModel {
  readonly action: string
  readonly csrfToken: string
  readonly method: WebAuthnMethod
  readonly ceremony: WebAuthnCeremony
  /** `get` proves with a credential, `create` sets one up. */
  readonly kind: 'get' | 'create'
  readonly label: string
  readonly spoken: Spoken
  /** The button leads the page; otherwise it stands beside another way. */
  readonly primary: boolean
  /** An error on the page that is about this form. */
  readonly describedBy?: string | undefined
  /** What to do without JavaScript. */
  readonly withoutScript: Child
}

/**
 * A button that runs a ceremony and posts `method` and `webauthn_response`.
 *
 * The options travel in an attribute, where the template escapes them; in a script element they would need an escaping
 * of their own. The button waits for the script: without it, a press could only lead to an error.
 */
export function webauthnForm(model: WebAuthnFormModel): Fragment {
  const kind = model.primary ? 'primary' : 'secondary'
  return postForm(
    model.action,
    model.csrfToken,
    html`<input type="hidden" name="method" value="${model.method}" />
      <input type="hidden" name="webauthn_response" value="" />
      <button
        class="button ${kind}"
        type="submit"
        disabled
        ${model.primary && html`autofocus`}
        data-webauthn-start${model.describedBy !== undefined && html` aria-describedby="${model.describedBy}"`}
      >
        ${model.method === 'passkey' ? passkeyIcon : securityKeyIcon}<span>${model.label}</span>
      </button>
      <p class="note info" data-webauthn-status role="status" aria-live="polite"></p>
      <noscript><p class="note info">${model.withoutScript}</p></noscript>`,
    html`class="webauthn" data-webauthn="${model.kind}"
    data-options="${JSON.stringify(model.ceremony.options)}"${model.ceremony.autofill === true && html` data-autofill`}
    ${statusTexts(model.kind, model.spoken)}`,
  )
}

/** What the script may have to say; the words live with the page, which knows the language. */
function statusTexts(kind: 'get' | 'create', spoken: Spoken): Fragment {
  return html`data-text-waiting="${words(spoken).waiting}"
  data-text-cancelled="${words(spoken)[kind]}"
  data-text-unsupported="${answerErrorText('unsupported_by_browser', spoken)}"
  data-text-already-enrolled="${answerErrorText('already_enrolled', spoken)}"
  data-text-failed="${words(spoken).failed}"`
}

/** Label of the button that proves with a method. */
export function webauthnButtonLabel(method: WebAuthnMethod, spoken: Spoken): string {
  return words(spoken).use[method]
}

const passkeyIcon = icon(
  html`<circle cx="8" cy="6" r="3.25" />
    <path d="M2 17.25c0-3.4 2.6-5.5 6-5.5 1 0 2 .2 2.8.6" />
    <circle cx="15" cy="10.5" r="2.25" />
    <path d="M15 12.75v5M15 15.5h1.75" />`,
)

const securityKeyIcon = icon(
  html`<rect x="6" y="2" width="8" height="12" rx="2" />
    <path d="M8 14v4h4v-4" />
    <circle cx="10" cy="7.5" r="1.75" />`,
)
