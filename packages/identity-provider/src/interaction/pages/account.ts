import { commonWords } from './common-words.ts'
import type { Spoken } from './locale.ts'
import type { Child, Fragment } from './markup.ts'
import { icon } from './icon.ts'
import { html } from './markup.ts'

/** For whom this page asks: fixed, because a step-up never changes who is signed in. */
export function accountLine(username: string, spoken: Spoken): Fragment {
  return html`<p class="account">
    ${icon(
      html`<circle cx="10" cy="7" r="3.25" />
        <path d="M3.75 17c.5-3.2 3-5 6.25-5s5.75 1.8 6.25 5" />`,
    )}
    <span
      ><span class="visually-hidden">${commonWords(spoken).account}</span
      ><strong>${username}</strong></span
    >
  </p>`
}

/** Heading and the sentence below it. */
export function opening(title: Child, lede: Child, id?: string): Fragment {
  return html`<h1${id !== undefined && html` id="${id}"`}>${title}</h1>
  <p class="lede">${lede}</p>`
}
