import type { EpochSeconds } from '@newel/policy'
import type { Fragment } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'

/** In UTC and to the minute, until the browser, which knows the time zone, says it in its own. */
export function time(at: EpochSeconds): Fragment {
  const iso = new Date(at * 1000).toISOString()
  return html`<time datetime="${iso}" data-local-time="date"
    >${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time
  >`
}
