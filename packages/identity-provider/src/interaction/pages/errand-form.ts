import { opening } from './account.ts'
import type { AnswerError } from './answer-error.ts'
import { commonWords } from './common-words.ts'
import { type PageName, document } from './document.ts'
import { buttonForm, continueButton, errorNote, postForm } from './form.ts'
import type { Child, Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import type { InteractionFrame } from './page-frame.ts'

/** A page of one form beside signing in. */
export interface ErrandPageModel extends InteractionFrame {
  readonly error?: AnswerError
  /** Address of the page that the person came from. Absent: there is no way back but to cancel. */
  readonly backHref?: string
}

export function errandPage(
  model: ErrandPageModel,
  parts: {
    readonly page: PageName
    readonly title: string
    readonly lede: Child
    readonly fields: Fragment
    readonly back: string
    readonly webauthn?: boolean
    readonly after?: Child
  },
): Html {
  return document(model, {
    page: parts.page,
    title: parts.title,
    failed: model.error !== undefined,
    ...(parts.webauthn === undefined ? {} : { webauthn: parts.webauthn }),
    main: html`${opening(parts.title, parts.lede)} ${errorNote(model)}
      ${postForm(model.action, model.csrfToken, html`${parts.fields} ${continueButton(model)}`)}
      ${parts.after ?? ''}
      <div class="ways-out">
        ${model.backHref !== undefined && html`<a href="${model.backHref}">${parts.back}</a>`}
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}
