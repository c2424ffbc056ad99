import { wordsIn } from './locale.ts'
import type { Spoken } from './locale.ts'
import { commonWords } from './common-words.ts'
import type { Method, UnmetReason } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { type AnswerError, fieldState } from './answer-error.ts'
import { document } from './document.ts'
import {
  buttonForm,
  continueButton,
  errorId,
  errorNote,
  field,
  oneTimeCodeField,
  passwordField,
  postForm,
} from './form.ts'
import type { Child, Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import { isWebAuthn, methodWords } from './method-words.ts'
import type { WebAuthnMethod } from './method-words.ts'
import type { InteractionFrame } from './page-frame.ts'
import { type UpstreamLink, upstreamLinks } from './upstream-links.ts'
import type { EnrolOffer } from './ways.ts'
import type { WebAuthnCeremony } from './webauthn-form.ts'
import { webauthnButtonLabel, webauthnForm } from './webauthn-form.ts'

/** What is to be reached, and why now. */
export interface PageRequirement {
  /** The level's name, as its author chose it. */
  readonly levelName: string
  /** What it is for, completing "… wants to be sure it is you". Absent: just that. Such as "for “change payment details”". */
  readonly purpose?: string
  /** `expired`: it was proved, and too long ago. Absent: it was not proved. */
  readonly reason?: UnmetReason
  /** A proof for this very request is asked, however recent the last one is. */
  readonly everyTime?: boolean
}

/** The proofs of the way that was chosen; the page counts them. */
export interface PageProofs {
  /** Still held, or given during this request. */
  readonly given: readonly Method[]
  /** Not yet given, in the order in which they are asked: the first one is asked now. */
  readonly missing: readonly Method[]
}

/**
 * Asks for one proof. Posts `method` with `password`, `code` or `webauthn_response` to `action`.
 */
export interface StepUpPageModel extends InteractionFrame {
  /** Who is signed in, and stays so. */
  readonly username: string
  readonly method: Method
  readonly requirement: PageRequirement
  /** Absent: no progress is shown. */
  readonly proofs?: PageProofs
  readonly error?: AnswerError
  /** Attempts left before the method is locked. Absent: not told. */
  readonly attemptsLeft?: number
  /** Methods that would do as well. With any of them, and a `chooseAction`, "Try another way" is offered. */
  readonly otherMethods: readonly Method[]
  /** Address to which "Try another way" is posted. */
  readonly chooseAction?: string
  /** What could be set up instead, for a person who cannot use this method. Leads to the choice, too. */
  readonly enrolOffer?: EnrolOffer
  /** Needed where `method` is a code by mail. */
  readonly mailed?: MailedCodeLine
  /** Leads to where the loss of what is asked for can be reported. Absent: not offered. */
  readonly lostHref?: string
  /** Needed where `method` is a passkey or security key. */
  readonly webauthn?: WebAuthnCeremony
  /** Needed where `method` is proved at another provider: those at which it can be. */
  readonly upstreams?: readonly UpstreamLink[]
}

/** Where the letter went. "Send another code" is posted to `resendAction`. */
export interface MailedCodeLine {
  /** Masked: whoever stands before the page may not be its owner. */
  readonly to: string
  /** `false`: no letter went out, and there is no code to type. */
  readonly sent: boolean
  readonly resendAction: string
}

type ProofState = 'given' | 'now' | 'later'

const words = wordsIn({
  en: {
    why: (client: Fragment, purpose: string) =>
      html`${client} wants to be sure it is you${purpose}.`,
    everyTime: 'This is asked every time.',
    expired: 'Your last confirmation was too long ago.',
    level: 'Security level: ',
    progress: (given: number, total: number) => `${given} of ${total} proofs given`,
    given: 'done',
    now: 'asked now',
    later: 'still to come',
    lost: 'I have lost this',
    fromApp: 'From your authenticator app, 6 digits',
    sentTo: (to: Fragment) => html`We sent a code of 8 digits to ${to}. It may take a minute.`,
    goesTo: (to: Fragment) => html`The code goes to ${to}.`,
    fromEmail: '8 digits, from the newest email',
    sendAnother: 'Send another code',
    send: 'Send a code',
  },
  de: {
    why: (client, purpose) => html`${client} möchte${purpose} sicher sein, dass Sie es sind.`,
    everyTime: 'Danach wird jedes Mal gefragt.',
    expired: 'Ihre letzte Bestätigung liegt zu lange zurück.',
    level: 'Sicherheitsstufe: ',
    progress: (given, total) => `${given} von ${total} Nachweisen erbracht`,
    given: 'erledigt',
    now: 'jetzt gefragt',
    later: 'folgt noch',
    lost: 'Ich habe das verloren',
    fromApp: 'Aus Ihrer Authenticator-App, 6 Ziffern',
    sentTo: (to) =>
      html`Wir haben einen Code aus 8 Ziffern an ${to} gesendet. Das kann eine Minute dauern.`,
    goesTo: (to) => html`Der Code geht an ${to}.`,
    fromEmail: '8 Ziffern, aus der neuesten E-Mail',
    sendAnother: 'Einen neuen Code senden',
    send: 'Einen Code senden',
  },
  fr: {
    why: (client, purpose) => html`${client} souhaite s’assurer que c’est bien vous${purpose}.`,
    everyTime: 'Cette confirmation est demandée à chaque fois.',
    expired: 'Votre dernière confirmation est trop ancienne.',
    level: 'Niveau de sécurité : ',
    progress: (given, total) => `Preuves fournies : ${given} sur ${total}`,
    given: 'fait',
    now: 'demandé maintenant',
    later: 'à venir',
    lost: 'Je l’ai perdu',
    fromApp: 'Dans votre application d’authentification, 6 chiffres',
    sentTo: (to) =>
      html`Nous avons envoyé un code de 8 chiffres à ${to}. Cela peut prendre une minute.`,
    goesTo: (to) => html`Le code est envoyé à ${to}.`,
    fromEmail: '8 chiffres, dans l’e-mail le plus récent',
    sendAnother: 'Envoyer un nouveau code',
    send: 'Envoyer un code',
  },
})

export function stepUpPage(model: StepUpPageModel): Html {
  const { ask } = methodWords(model.method, model)
  const choosing =
    model.chooseAction !== undefined &&
    (model.otherMethods.length > 0 || model.enrolOffer !== undefined)
  return document(model, {
    page: 'step-up',
    method: model.method,
    title: ask,
    failed: model.error !== undefined,
    webauthn: isWebAuthn(model.method),
    main: html`${opening(ask, why(model))} ${accountLine(model.username, model)}
      ${model.proofs !== undefined && progress(model.proofs, model)} ${errorNote(model)}
      ${model.mailed !== undefined && mailedLine(model.mailed, model)}
      ${answerPart(model, choosing)}
      ${model.mailed !== undefined && resendForm(model.mailed, model)}
      ${model.lostHref !== undefined && html`<p class="beside"><a href="${model.lostHref}">${words(model).lost}</a></p>`}
      <div class="ways-out">
        ${choosing && buttonForm({ action: model.chooseAction ?? '', label: commonWords(model).tryAnotherWay, kind: 'quiet' }, model.csrfToken)}
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement, model)}`,
  })
}

function mailedLine({ to, sent }: MailedCodeLine, model: StepUpPageModel): Fragment {
  const address = html`<strong>${to}</strong>`
  return html`<p class="mailed-to">
    ${sent ? words(model).sentTo(address) : words(model).goesTo(address)}
  </p>`
}

function resendForm({ resendAction, sent }: MailedCodeLine, model: StepUpPageModel): Fragment {
  const { sendAnother, send } = words(model)
  return buttonForm(
    {
      action: resendAction,
      label: sent ? sendAnother : send,
      kind: sent ? 'quiet' : 'primary',
    },
    model.csrfToken,
  )
}

/** Who asks, and why. */
export function why(model: Pick<StepUpPageModel, 'clientName' | 'requirement'> & Spoken): Fragment {
  const { purpose } = model.requirement
  return html`${words(model).why(html`<strong>${model.clientName}</strong>`, purpose === undefined ? '' : ` ${purpose}`)}${reasonText(model.requirement, model)}`
}

function reasonText({ reason, everyTime }: PageRequirement, spoken: Spoken): string {
  if (everyTime === true) return ` ${words(spoken).everyTime}`
  return reason === 'expired' ? ` ${words(spoken).expired}` : ''
}

/** What the proof is good for, in the policy's own word. */
export function levelLine(
  requirement: Pick<PageRequirement, 'levelName'>,
  spoken: Spoken,
): Fragment {
  return html`<p class="fine">
    ${words(spoken).level}<span class="level">${requirement.levelName}</span>
  </p>`
}

/** Which proofs there are, which are given, which is asked now. */
function progress({ given, missing }: PageProofs, model: Spoken): Fragment | undefined {
  const total = given.length + missing.length
  // A single proof is no progress to report.
  if (total < 2) return undefined
  return html`<div class="progress">
    <p id="progress">${words(model).progress(given.length, total)}</p>
    <ol aria-labelledby="progress" role="list">
      ${given.map((method) => proof(method, 'given', model))}
      ${missing.map((method, index) => proof(method, index === 0 ? 'now' : 'later', model))}
    </ol>
  </div>`
}

function proof(method: Method, state: ProofState, model: Spoken): Child {
  return html`<li class="proof ${state}" ${state === 'now' && html` aria-current="step"`}>
    ${methodWords(method, model).name}<span class="visually-hidden">, ${words(model)[state]}</span>
  </li>`
}

/** Absent: no letter went out, so there is no code to type. */
function answerPart(model: StepUpPageModel, choosing: boolean): Fragment | undefined {
  if (model.upstreams !== undefined) return upstreamLinks(model.upstreams, 'primary', model)
  if (isWebAuthn(model.method)) return ceremony(model, model.method, choosing)
  return model.mailed?.sent === false ? undefined : answerForm(model)
}

function answerForm(model: StepUpPageModel): Fragment {
  return postForm(
    model.action,
    model.csrfToken,
    html`<input type="hidden" name="method" value="${model.method}" /> ${answerField(model)}
      ${continueButton(model)}`,
  )
}

function answerField(model: StepUpPageModel): Fragment {
  const state = { focused: true, ...fieldState(model.error) }
  switch (model.method) {
    case 'password':
      // Without a name it is not sent: it only tells a password manager whose password is asked.
      return html`<input
          type="text"
          autocomplete="username"
          value="${model.username}"
          readonly
          hidden
        />
        ${passwordField(state, model)}`
    case 'totp':
      return oneTimeCodeField({ ...state, hint: words(model).fromApp }, model)
    case 'email-code':
      return oneTimeCodeField({ ...state, hint: words(model).fromEmail }, model)
    default:
      return field({
        ...state,
        id: 'code',
        name: 'code',
        label: methodWords(model.method, model).name,
        type: 'text',
        autocomplete: 'off',
      })
  }
}

function ceremony(model: StepUpPageModel, method: WebAuthnMethod, choosing: boolean): Fragment {
  return webauthnForm({
    action: model.action,
    csrfToken: model.csrfToken,
    method,
    ceremony: model.webauthn ?? { options: null },
    kind: 'get',
    spoken: model,
    label: webauthnButtonLabel(method, model),
    primary: true,
    describedBy: model.error === undefined ? undefined : errorId,
    withoutScript: `${commonWords(model).needsScript}${choosing ? commonWords(model).chooseBelow : ''}`,
  })
}
