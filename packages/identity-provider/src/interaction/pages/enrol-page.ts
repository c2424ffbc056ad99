import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import type { Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import type { AnswerError } from './answer-error.ts'
import { document } from './document.ts'
import {
  buttonForm,
  continueButton,
  errorId,
  errorNote,
  field,
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

/** Whose codes come by mail. Posts `method=email-code` and `address` to `action`. */
export interface EnrolAddressModel extends EnrolFrame {
  readonly step: 'email-address'
  /** Filled in; empty: nothing is. */
  readonly suggested: string
}

/** A code went to the address. Posts `method=email-code` and `code`, `address` for another letter, or `another`. */
export interface EnrolEmailCodeModel extends EnrolFrame {
  readonly step: 'email-code'
  readonly address: string
}

/** Setting up an authenticator. The password that comes before is asked by the step-up page. */
export type EnrolPageModel =
  | EnrolChoiceModel
  | EnrolTotpModel
  | EnrolWebAuthnModel
  | EnrolAddressModel
  | EnrolEmailCodeModel

export function enrolPage(model: EnrolPageModel): Html {
  if (model.step === 'choose') {
    return enrolDocument(model, words(model).titles.choose, undefined, choose(model))
  }
  if (model.step === 'totp') {
    return enrolDocument(model, words(model).titles.totp, 'totp', totp(model))
  }
  if (model.step === 'email-address' || model.step === 'email-code') {
    const content = model.step === 'email-address' ? address(model) : emailCode(model)
    return enrolDocument(model, words(model).titles[model.step], 'email-code', content)
  }
  const title = words(model).titles[model.method]
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
    main: html`${opening(title, words(model).ledes[model.step === 'webauthn' ? model.method : model.step], 'enrol')}
      ${accountLine(model.username, model)} ${model.step === 'totp' ? undefined : errorNote(model)}
      ${content}
      <div class="ways-out">
        ${model.chooseAction !== undefined && buttonForm({ action: model.chooseAction, label: commonWords(model).tryAnotherWay, kind: 'quiet' }, model.csrfToken)}
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

const words = wordsIn({
  en: {
    titles: {
      choose: 'Set up another way to confirm',
      totp: 'Set up your authenticator app',
      passkey: 'Set up a passkey',
      'security-key': 'Set up a security key',
      'email-address': 'Confirm your email address',
      'email-code': 'Enter the code from your email',
    },
    ledes: {
      choose:
        'It takes a minute, and keeps this account yours even if someone learns your password.',
      totp: 'Your app will show a new code every half minute. You enter one when we ask for it.',
      passkey:
        'Sign in with your fingerprint, face or device PIN. Nothing to remember, nothing to type.',
      'security-key': 'Keep your key at hand. Your browser will ask you to plug it in or tap it.',
      'email-address': 'We send a code to it. Entering that code shows that the address is yours.',
      'email-code': 'It has 8 digits and may take a minute to arrive.',
    },
    create: { passkey: 'Create a passkey', 'security-key': 'Register a security key' },
    scan: 'Scan this with your authenticator app.',
    qr: 'QR code with the key below',
    type: 'Or type this key into the app:',
    open: 'Open an app on this device',
    enter: 'Enter the code that it shows now.',
    address: 'Email address',
    send: 'Send a code',
    sentTo: (to: Fragment) => html`We sent a code to ${to}.`,
    sendAnother: 'Send another code',
    another: 'Use another address',
  },
  de: {
    titles: {
      choose: 'Einen weiteren Weg einrichten',
      totp: 'Authenticator-App einrichten',
      passkey: 'Passkey einrichten',
      'security-key': 'Sicherheitsschlüssel einrichten',
      'email-address': 'E-Mail-Adresse bestätigen',
      'email-code': 'Geben Sie den Code aus der E-Mail ein',
    },
    ledes: {
      choose:
        'Es dauert eine Minute und schützt dieses Konto, auch wenn jemand Ihr Passwort erfährt.',
      totp: 'Ihre App zeigt jede halbe Minute einen neuen Code. Sie geben ihn ein, wenn wir danach fragen.',
      passkey:
        'Melden Sie sich mit Fingerabdruck, Gesicht oder Geräte-PIN an. Nichts zu merken, nichts zu tippen.',
      'security-key':
        'Halten Sie Ihren Schlüssel bereit. Ihr Browser bittet Sie, ihn einzustecken oder anzutippen.',
      'email-address':
        'Wir senden einen Code dorthin. Wer ihn eingibt, zeigt, dass die Adresse ihm gehört.',
      'email-code': 'Er hat 8 Ziffern und braucht vielleicht eine Minute.',
    },
    create: { passkey: 'Passkey erstellen', 'security-key': 'Sicherheitsschlüssel registrieren' },
    scan: 'Scannen Sie das mit Ihrer Authenticator-App.',
    qr: 'QR-Code mit dem Schlüssel darunter',
    type: 'Oder tippen Sie diesen Schlüssel in die App:',
    open: 'Eine App auf diesem Gerät öffnen',
    enter: 'Geben Sie den Code ein, den sie jetzt zeigt.',
    address: 'E-Mail-Adresse',
    send: 'Einen Code senden',
    sentTo: (to) => html`Wir haben einen Code an ${to} gesendet.`,
    sendAnother: 'Einen neuen Code senden',
    another: 'Eine andere Adresse verwenden',
  },
  fr: {
    titles: {
      choose: 'Configurer un autre moyen de confirmation',
      totp: 'Configurer votre application d’authentification',
      passkey: 'Configurer une clé d’accès',
      'security-key': 'Configurer une clé de sécurité',
      'email-address': 'Confirmer votre adresse e-mail',
      'email-code': 'Saisissez le code reçu par e-mail',
    },
    ledes: {
      choose:
        'Cela prend une minute et protège ce compte même si quelqu’un apprend votre mot de passe.',
      totp: 'Votre application affichera un nouveau code toutes les 30 secondes. Vous le saisirez lorsque nous le demanderons.',
      passkey:
        'Connectez-vous avec votre empreinte, votre visage ou le code de l’appareil. Rien à retenir, rien à saisir.',
      'security-key':
        'Gardez votre clé à portée de main. Votre navigateur vous demandera de la brancher ou de l’approcher.',
      'email-address': 'Nous y envoyons un code. Le saisir montre que l’adresse est la vôtre.',
      'email-code': 'Il a 8 chiffres et peut mettre une minute à arriver.',
    },
    create: { passkey: 'Créer une clé d’accès', 'security-key': 'Enregistrer une clé de sécurité' },
    scan: 'Scannez ce code avec votre application d’authentification.',
    qr: 'Code QR contenant la clé ci-dessous',
    type: 'Ou saisissez cette clé dans l’application :',
    open: 'Ouvrir une application sur cet appareil',
    enter: 'Saisissez le code affiché maintenant.',
    address: 'Adresse e-mail',
    send: 'Envoyer un code',
    sentTo: (to) => html`Nous avons envoyé un code à ${to}.`,
    sendAnother: 'Envoyer un nouveau code',
    another: 'Utiliser une autre adresse',
  },
})

function choose(model: EnrolChoiceModel): Fragment {
  return methodChoices(model.action, model.csrfToken, model.methods, 'enrol', model)
}

function totp(model: EnrolTotpModel): Fragment {
  return html`<ol class="steps">
    <li>
      <p>${words(model).scan}</p>
      <div class="qr" role="img" aria-label="${words(model).qr}">${trusted(model.qrSvg)}</div>
      <p class="hint">${words(model).type}</p>
      <p class="key"><code>${groups(model.key)}</code></p>
      ${model.otpauthUri !== undefined && html`<p class="hint"><a href="${model.otpauthUri}">${words(model).open}</a></p>`}
    </li>
    <li>
      <p>${words(model).enter}</p>
      ${errorNote(model)}
      ${postForm(
        model.action,
        model.csrfToken,
        html`<input type="hidden" name="method" value="totp" /> ${oneTimeCodeField(
            {
              // At first the QR code is what to look at; a focused field would scroll a phone past it.
              focused: model.error !== undefined,
              invalid: model.error !== undefined,
              hint: undefined,
            },
            model,
          )}
          ${continueButton(model)}`,
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
    spoken: model,
    label: words(model).create[model.method],
    primary: true,
    describedBy: model.error === undefined ? undefined : errorId,
    withoutScript: `${commonWords(model).needsScript}${model.chooseAction === undefined ? '' : commonWords(model).chooseBelow}`,
  })
}

function address(model: EnrolAddressModel): Fragment {
  return postForm(
    model.action,
    model.csrfToken,
    html`<input type="hidden" name="method" value="email-code" /> ${field({
        id: 'address',
        name: 'address',
        label: words(model).address,
        type: 'email',
        autocomplete: 'email',
        value: model.suggested,
        focused: true,
        invalid: model.error !== undefined,
      })} <button class="button primary" type="submit">${words(model).send}</button>`,
  )
}

function emailCode(model: EnrolEmailCodeModel): Fragment {
  const { sentTo, sendAnother, another } = words(model)
  const further = (name: string, value: string, label: string): Fragment =>
    postForm(
      model.action,
      model.csrfToken,
      html`<input type="hidden" name="method" value="email-code" />
        <input type="hidden" name="${name}" value="${value}" />
        <button class="button quiet" type="submit">${label}</button>`,
    )
  return html`<p class="mailed-to">${sentTo(html`<strong>${model.address}</strong>`)}</p>
    ${postForm(
      model.action,
      model.csrfToken,
      html`<input type="hidden" name="method" value="email-code" /> ${oneTimeCodeField(
          { focused: true, invalid: model.error !== undefined, hint: undefined },
          model,
        )}
        ${continueButton(model)}`,
    )}
    ${further('address', model.address, sendAnother)} ${further('another', '1', another)}`
}
