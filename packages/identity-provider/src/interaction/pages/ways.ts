import { commonWords } from './common-words.ts'
import type { Spoken } from './locale.ts'
import type { EpochSeconds, Method } from '@newel/policy'
import { postForm } from './form.ts'
import type { Child, Fragment } from './markup.ts'
import { html } from './markup.ts'
import { methodWords } from './method-words.ts'

/** Setting up an authenticator that the account does not have. */
export interface EnrolOffer {
  /** Posted with `method`. */
  readonly action: string
  /** What can be set up, the best first. Not empty. */
  readonly methods: readonly Method[]
}

/** A method that takes no answers for a while. */
export interface LockedMethod {
  readonly method: Method
  readonly until: EpochSeconds
}

/** A list of methods to choose from: one form, each button posts its `method`. */
export function methodChoices(
  action: string,
  csrfToken: string,
  methods: readonly Method[],
  labelledBy: string,
  spoken: Spoken,
): Fragment {
  return postForm(
    action,
    csrfToken,
    html`<ul class="choices" role="list" aria-labelledby="${labelledBy}">
      ${methods.map((method) => choice(method, spoken))}
    </ul>`,
  )
}

function choice(method: Method, spoken: Spoken): Child {
  const { name, hint } = methodWords(method, spoken)
  return html`<li>
    <button class="choice" type="submit" name="method" value="${method}">
      <span class="choice-name">${name}</span>${
        hint !== '' && html` <span class="choice-hint">${hint}</span>`
      }
      ${chevron}
    </button>
  </li>`
}

const chevron = html`<svg
  class="icon chevron"
  viewBox="0 0 20 20"
  width="20"
  height="20"
  aria-hidden="true"
  focusable="false"
>
  <path d="M7.5 4.5 13 10l-5.5 5.5" />
</svg>`

/** A link among the ways out, which looks as the buttons beside it do. */
export function wayBack(href: string, label: string): Fragment {
  return html`<a class="button quiet" href="${href}">${label}</a>`
}

/** When a lock ends: minutes for everybody, the time of day for the reader's own clock (the script puts it in local time). */
export function lockEnd(until: EpochSeconds, now: EpochSeconds, spoken: Spoken): Fragment {
  const minutes = Math.max(1, Math.ceil((until - now) / 60))
  const iso = new Date(until * 1000).toISOString()
  return html`<time datetime="${iso}" data-local-time>${iso.slice(11, 16)} UTC</time>
    (${commonWords(spoken).minutes(minutes)})`
}
