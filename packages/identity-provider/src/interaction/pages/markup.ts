import { html as honoHtml, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** A piece of markup whose every outside value has been escaped. */
export type Fragment = HtmlEscapedString

/** A finished document. A primitive string, so that any server sends it as it is. */
export type Html = string

/** What may stand in a template. Strings are escaped; `false`, `null` and `undefined` leave nothing behind. */
export type Child = string | number | Fragment | false | null | undefined | readonly Child[]

/**
 * Markup from a template; every value is escaped for text and for quoted attributes.
 *
 * Hono's tag returns a promise as soon as one value is a promise or carries deferred callbacks (its JSX does). `Child`
 * admits neither, so the result is always there at once; the check holds that against a cast.
 */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Fragment {
  const fragment = honoHtml(strings, ...children)
  if (fragment instanceof Promise) throw new TypeError('a page template was given a promise')
  return fragment
}

/** Markup made by this program or its libraries, such as a QR code. Never for anything that a request brought. */
export function trusted(markup: string): Fragment {
  return raw(markup)
}
