import { accountLine, opening } from '../../interaction/pages/account.ts'
import { type PageName, document } from '../../interaction/pages/document.ts'
import { errorBox } from '../../interaction/pages/form.ts'
import type { Fragment, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { PageFrame } from '../../interaction/pages/page-frame.ts'
import { wayBack } from '../../interaction/pages/ways.ts'
import type { ChangeRefusal } from '../account-changes.ts'
import { type AccountWords, accountWords } from './account-words.ts'

export interface AccountFrame extends PageFrame {
  readonly username: string
  readonly csrfToken: string
  /** Address of the account pages, without a closing slash. */
  readonly base: string
  readonly notice?: AccountNotice
  readonly refusal?: ChangeRefusal
}

/** What the account page tells first. */
export type AccountNotice = (typeof accountNotices)[number]

export const accountNotices = [
  'unconfirmed',
  'done',
  'link_refused',
  'link_not_fresh',
  'linked_elsewhere',
  'upstream_unavailable',
] as const

export function accountLayout(
  model: AccountFrame,
  name: PageName,
  title: string,
  lede: string,
  content: Fragment,
  failed = model.refusal !== undefined,
): Html {
  const words = accountWords(model)
  return document(model, {
    page: name,
    title,
    failed,
    main: html`${opening(title, lede)}
    ${model.refusal !== undefined && errorBox(words[`error_${model.refusal}`])}
    ${
      model.notice !== undefined &&
      html`<p class="note info" role="status">${words[`notice_${model.notice}`]}</p>`
    }
    ${accountLine(model.username, model)} ${content}`,
  })
}

export function backLink({ base }: AccountFrame, words: AccountWords): Fragment {
  return html`<div class="ways-out">${wayBack(base, words.back)}</div>`
}
