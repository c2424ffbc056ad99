import type { Fragment } from './markup.ts'
import { html } from './markup.ts'

/** A drawing of 20 by 20 beside a text that says the same: hidden from those who hear the page. */
export function icon(strokes: Fragment): Fragment {
  return html`<svg
    class="icon"
    viewBox="0 0 20 20"
    width="20"
    height="20"
    aria-hidden="true"
    focusable="false"
  >
    ${strokes}
  </svg>`
}
