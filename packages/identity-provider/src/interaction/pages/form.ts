import { commonWords } from './common-words.ts'
import type { Spoken } from './locale.ts'
import type { AnswerError } from './answer-error.ts'
import { answerErrorText } from './answer-error.ts'
import type { Child, Fragment } from './markup.ts'
import { icon } from './icon.ts'
import { html } from './markup.ts'

/** A form that posts, with its CSRF token. Every form of every page is made here. */
export function postForm(
  action: string,
  csrfToken: string,
  content: Child,
  attributes: Child = '',
): Fragment {
  return html`<form method="post" action="${action}" ${attributes}>
    <input type="hidden" name="csrf_token" value="${csrfToken}" />
    ${content}
  </form>`
}

/** A form of one button. */
export function buttonForm(
  button: { readonly action: string; readonly label: string; readonly kind: ButtonKind },
  csrfToken: string,
): Fragment {
  return postForm(
    button.action,
    csrfToken,
    html`<button class="button ${button.kind}" type="submit">${button.label}</button>`,
  )
}

export type ButtonKind = 'primary' | 'secondary' | 'quiet'

/** "Continue", the button that carries the page on. */
export function continueButton(spoken: Spoken): Fragment {
  return html`<button class="button primary" type="submit">${commonWords(spoken).continue}</button>`
}

/** Id of the error on a page; there is at most one. */
export const errorId = 'error'

export interface RefusedAnswer extends Spoken {
  readonly error?: AnswerError | undefined
  /** Attempts left before the method is locked. Absent: not told. */
  readonly attemptsLeft?: number | undefined
}

/** Why the last answer was refused, announced as soon as the page opens; nothing where it was not. */
export function errorNote({ error, attemptsLeft, locale }: RefusedAnswer): Fragment | undefined {
  if (error === undefined) return undefined
  const spoken = locale === undefined ? {} : { locale }
  return errorBox(
    html`${answerErrorText(error, spoken)}${attemptsLeft !== undefined && html` <span class="attempts">${commonWords(spoken).attemptsLeft(attemptsLeft)}</span>`}`,
  )
}

/** What went wrong, announced as soon as the page opens. At most one on a page. */
export function errorBox(text: Child): Fragment {
  return html`<div class="note error" role="alert" id="${errorId}">
    ${errorIcon}
    <p>${text}</p>
  </div>`
}

const errorIcon = icon(
  html`<circle cx="10" cy="10" r="8.25" /> <path d="M10 5.75v5M10 13.75v.5" />`,
)

export interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password' | 'email'
  readonly autocomplete: string
  readonly value?: string | undefined
  /** Under the label: what to enter and where it is found. */
  readonly hint?: string | undefined
  /** Digits only: a number pad on phones. */
  readonly numeric?: boolean
  readonly focused?: boolean
  /** The error of the page is about this field. */
  readonly invalid?: boolean
  /** The error of the page is not about this field, and is read with it all the same. Absent: as `invalid`. */
  readonly explained?: boolean
}

/** One labelled field; error and hint are tied to it for screen readers. */
export function field(model: Field): Fragment {
  const hintId = `${model.id}-hint`
  const described = [
    (model.explained ?? model.invalid) === true && errorId,
    model.hint !== undefined && hintId,
  ]
    .filter((id) => id !== false)
    .join(' ')
  return html`<div class="field">
    <label for="${model.id}">${model.label}</label>
    ${model.hint !== undefined && html`<p class="hint" id="${hintId}">${model.hint}</p>`}
    <input
      id="${model.id}"
      name="${model.name}"
      type="${model.type}"
      autocomplete="${model.autocomplete}"
      required
      spellcheck="false"
      autocapitalize="none"
      ${model.value !== undefined && html`value="${model.value}"`}
      ${model.numeric === true && html`inputmode="numeric" class="code"`}
      ${described !== '' && html`aria-describedby="${described}"`}
      ${model.invalid === true && html`aria-invalid="true"`}
      ${model.focused === true && html`autofocus`}
    />
  </div>`
}

/** "Username". */
export function usernameField(
  model: Pick<Field, 'value' | 'focused' | 'invalid' | 'explained'>,
  spoken: Spoken,
): Fragment {
  return field({
    ...model,
    id: 'username',
    name: 'username',
    label: commonWords(spoken).username,
    type: 'text',
    // `webauthn` lets a browser offer a passkey in the same list (WebAuthn level 3 §5.1.4).
    autocomplete: 'username webauthn',
  })
}

/** "Password", one that exists already. */
export function passwordField(
  model: Pick<Field, 'focused' | 'invalid' | 'explained'>,
  spoken: Spoken,
): Fragment {
  return field({
    ...model,
    id: 'password',
    name: 'password',
    label: commonWords(spoken).password,
    type: 'password',
    autocomplete: 'current-password',
  })
}

/** "One-time code". */
export function oneTimeCodeField(
  model: Pick<Field, 'focused' | 'invalid' | 'explained' | 'hint'>,
  spoken: Spoken,
): Fragment {
  return field({
    ...model,
    id: 'code',
    name: 'code',
    label: commonWords(spoken).oneTimeCode,
    type: 'text',
    autocomplete: 'one-time-code',
    numeric: true,
  })
}
