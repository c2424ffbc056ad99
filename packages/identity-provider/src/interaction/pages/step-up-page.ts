import type { Method, UnmetReason } from '@newel/policy'
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
  passwordField,
  postForm,
} from './form.ts'
import type { Child, Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import { isWebAuthn, methodWords } from './method-words.ts'
import type { WebAuthnMethod } from './method-words.ts'
import type { InteractionFrame } from './page-frame.ts'
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
  /** Needed where `method` is a passkey or security key. */
  readonly webauthn?: WebAuthnCeremony
}

export function stepUpPage(model: StepUpPageModel): Html {
  const { ask } = methodWords(model.method)
  const choosing =
    model.chooseAction !== undefined &&
    (model.otherMethods.length > 0 || model.enrolOffer !== undefined)
  return document(model, {
    page: 'step-up',
    method: model.method,
    title: ask,
    failed: model.error !== undefined,
    webauthn: isWebAuthn(model.method),
    main: html`${opening(ask, why(model))} ${accountLine(model.username)}
      ${model.proofs !== undefined && progress(model.proofs)} ${errorNote(model)}
      ${isWebAuthn(model.method) ? ceremony(model, model.method, choosing) : answerForm(model)}
      <div class="ways-out">
        ${choosing && buttonForm({ action: model.chooseAction ?? '', label: 'Try another way', kind: 'quiet' }, model.csrfToken)}
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement)}`,
  })
}

/** Who asks, and why. */
export function why(model: Pick<StepUpPageModel, 'clientName' | 'requirement'>): Fragment {
  const { purpose } = model.requirement
  return html`<strong>${model.clientName}</strong> wants to be sure it is
    you${purpose !== undefined && ` ${purpose}`}.${reasonText(model.requirement)}`
}

function reasonText({ reason, everyTime }: PageRequirement): string {
  if (everyTime === true) return ' This is asked every time.'
  return reason === 'expired' ? ' Your last confirmation was too long ago.' : ''
}

/** What the proof is good for, in the policy's own word. */
export function levelLine(requirement: Pick<PageRequirement, 'levelName'>): Fragment {
  return html`<p class="fine">
    Security level: <span class="level">${requirement.levelName}</span>
  </p>`
}

/** Which proofs there are, which are given, which is asked now. */
function progress({ given, missing }: PageProofs): Fragment | undefined {
  const total = given.length + missing.length
  // A single proof is no progress to report.
  if (total < 2) return undefined
  return html`<div class="progress">
    <p id="progress">${given.length} of ${total} proofs given</p>
    <ol aria-labelledby="progress" role="list">
      ${given.map((method) => proof(method, 'given'))}
      ${missing.map((method, index) => proof(method, index === 0 ? 'now' : 'later'))}
    </ol>
  </div>`
}

const proofStates = {
  given: 'done',
  now: 'asked now',
  later: 'still to come',
} as const

function proof(method: Method, state: keyof typeof proofStates): Child {
  return html`<li class="proof ${state}" ${state === 'now' && html` aria-current="step"`}>
    ${methodWords(method).name}<span class="visually-hidden">, ${proofStates[state]}</span>
  </li>`
}

function answerForm(model: StepUpPageModel): Fragment {
  return postForm(
    model.action,
    model.csrfToken,
    html`<input type="hidden" name="method" value="${model.method}" /> ${answerField(model)}
      ${continueButton}`,
  )
}

function answerField(model: StepUpPageModel): Fragment {
  const state = { focused: true, invalid: model.error !== undefined }
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
        ${passwordField(state)}`
    case 'totp':
      return oneTimeCodeField({ ...state, hint: 'From your authenticator app, 6 digits' })
    case 'email-code':
      return oneTimeCodeField({ ...state, hint: 'From the email that we sent you' })
    default:
      return field({
        ...state,
        id: 'code',
        name: 'code',
        label: methodWords(model.method).name,
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
    label: webauthnButtonLabel(method),
    primary: true,
    describedBy: model.error === undefined ? undefined : errorId,
    withoutScript: html`This needs JavaScript, which your browser does not run
    here.${choosing && html` Please choose “Try another way” below.`}`,
  })
}
