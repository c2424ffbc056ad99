import type { Spoken } from './locale.ts'
import type { Fragment } from './markup.ts'
import { html } from './markup.ts'
import { goToLabel } from './method-words.ts'

/** The way to an upstream provider. */
export interface UpstreamLink {
  /** What people call it. */
  readonly name: string
  readonly href: string
}

/**
 * Links, not forms: a browser holds a form to the origins that the page names, and nobody knows beforehand through which
 * ones a provider sends people on.
 */
export function upstreamLinks(
  links: readonly UpstreamLink[],
  kind: 'primary' | 'secondary',
  spoken: Spoken,
): Fragment {
  return html`<div class="upstreams">
    ${links.map(
      ({ name, href }) =>
        html`<p class="action">
          <a class="button ${kind}" href="${href}">${goToLabel(name, spoken)}</a>
        </p>`,
    )}
  </div>`
}
