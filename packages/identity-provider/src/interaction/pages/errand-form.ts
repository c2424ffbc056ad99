import type { Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import type { AnswerError } from './answer-error.ts'
import { commonWords } from './common-words.ts'
import { type PageName, document } from './document.ts'
import { buttonForm, continueButton, errorNote, postForm } from './form.ts'
import { wordsIn } from './locale.ts'
import { mailedCodeField } from './mailed-code-field.ts'
import type { Child, Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import type { InteractionFrame } from './page-frame.ts'
import { wayBack } from './ways.ts'

/** A page of one form beside signing in. */
export interface ErrandPageModel extends InteractionFrame {
  readonly error?: AnswerError
  /** Address of the page that the person came from. Absent: there is no way back but to cancel. */
  readonly backHref?: string
}

export interface ErrandParts {
  readonly page: PageName
  /** The method set up, where one is. */
  readonly method?: Method
  readonly title: string
  readonly lede: Child
  /** Whose errand it is. Absent: that is not known yet. */
  readonly username?: string
  readonly form: Fragment
  /** What the link to `backHref` says. */
  readonly back: string
  /** The form runs a WebAuthn ceremony. */
  readonly webauthn?: boolean
  readonly after?: Child
}

export function errandPage(model: ErrandPageModel, parts: ErrandParts): Html {
  const { page, method, title, lede, username, form, back, webauthn = false, after } = parts
  return document(model, {
    page,
    ...(method !== undefined && { method }),
    title,
    failed: model.error !== undefined,
    webauthn,
    main: html`${opening(title, lede)} ${username !== undefined && accountLine(username, model)}
      ${errorNote(model)} ${form} ${after}
      <div class="ways-out">
        ${model.backHref !== undefined && wayBack(model.backHref, back)}
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

/** Fields and the button that sends them. Absent: "Continue". */
export function errandForm(
  model: ErrandPageModel,
  fields: Fragment,
  buttons: Child = continueButton(model),
): Fragment {
  return postForm(model.action, model.csrfToken, html`${fields} ${buttons}`)
}

const words = wordsIn({
  en: { title: 'Check your email' },
  de: { title: 'Sehen Sie in Ihrem Postfach nach' },
  fr: { title: 'Consultez votre messagerie' },
})

/** Posts `code`, which came by mail. `again` leads to `againHref`: where another one is asked for. */
export function codeErrandPage(
  model: ErrandPageModel & { readonly againHref: string },
  parts: Pick<ErrandParts, 'page' | 'lede' | 'back'> & { readonly again: string },
): Html {
  return errandPage(model, {
    ...parts,
    title: words(model).title,
    form: errandForm(model, mailedCodeField({ invalid: model.error !== undefined }, model)),
    after: html`<p class="beside"><a href="${model.againHref}">${parts.again}</a></p>`,
  })
}
