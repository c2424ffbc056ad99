import { opening } from '../../interaction/pages/account.ts'
import { document } from '../../interaction/pages/document.ts'
import type { Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { PageFrame } from '../../interaction/pages/page-frame.ts'
import { accountWords } from './account-words.ts'

/** Nobody is signed in, and nobody wanted to. */
export function leftPage(frame: PageFrame & { readonly base: string }): Html {
  const words = accountWords(frame)
  return document(frame, {
    page: 'account-left',
    title: words.leftTitle,
    main: html`${opening(words.leftTitle, words.leftLede)}
      <p class="action"><a class="button primary" href="${frame.base}">${words.signIn}</a></p>`,
  })
}
