import { assetPaths } from '../assets/index.ts'
import type { Fragment, Html } from './markup.ts'
import { defaultLocale, wordsIn } from './locale.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** Value of `data-page`: which page this is, for tests and for people's own style sheets. */
export type PageName =
  | 'login'
  | 'step-up'
  | 'choose'
  | 'enrol'
  | 'enrolled'
  | 'recovery-codes'
  | 'locked'
  | 'unreachable'
  | 'error'
  | 'sign-up'
  | 'sign-up-code'
  | 'sign-up-name'
  | 'sign-up-first'
  | 'lost'
  | 'lost-send'
  | 'lost-code'
  | 'lost-impossible'
  | 'reset'
  | 'reset-code'
  | 'reset-password'
  | 'consent'
  | 'logout'
  | 'logged-out'
  | 'device-code'
  | 'device-confirm'
  | 'device-ended'
  | 'send-on'
  | 'account'
  | 'account-authenticator'
  | 'account-session'
  | 'account-sessions'
  | 'account-password'
  | 'account-link'
  | 'account-linking'
  | 'account-left'

export interface DocumentParts {
  readonly page: PageName
  /** The method asked for, where one is. */
  readonly method?: string
  /** Goes into the title; the one `h1` is the page's own. */
  readonly title: string
  /** An answer was refused: the title says so first, as that is what a screen reader reads first. */
  readonly failed?: boolean
  /** The page runs a WebAuthn ceremony. */
  readonly webauthn?: boolean
  readonly main: Fragment
}

const words = wordsIn({
  en: { failed: 'Error: ', support: 'Help', privacy: 'Privacy', terms: 'Terms' },
  de: {
    failed: 'Fehler: ',
    support: 'Hilfe',
    privacy: 'Datenschutz',
    terms: 'Nutzungsbedingungen',
  },
  fr: { failed: 'Erreur : ', support: 'Aide', privacy: 'Confidentialité', terms: 'Conditions' },
})

/** The whole document around one page. It holds no inline script or style, so that the CSP needs no exception. */
export function document(frame: PageFrame, parts: DocumentParts): Html {
  const base = frame.basePath ?? ''
  const title = `${parts.failed === true ? words(frame).failed : ''}${parts.title} – ${frame.providerName}`
  return html`<!doctype html>
    <html lang="${frame.locale ?? defaultLocale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" type="image/svg+xml" href="${base}${assetPaths.icon}" />
        <link rel="stylesheet" href="${base}${assetPaths.stylesheet}" />
        ${
          frame.brand?.stylesheet !== undefined &&
          html`<link rel="stylesheet" href="${base}${frame.brand.stylesheet}" />`
        }
        <script type="module" src="${base}${assetPaths.forms}"></script>
        ${parts.webauthn === true && webauthnScripts(base)}
      </head>
      <body>
        <div class="sheet">
          <header class="masthead">
            ${logoOf(frame) ?? mark}
            <p class="provider">${frame.providerName}</p>
          </header>
          <main
            class="card"
            data-page="${parts.page}"
            ${parts.method !== undefined && html` data-method="${parts.method}"`}
          >
            ${parts.main}
          </main>
          ${foot(frame)}
        </div>
      </body>
    </html> `.toString()
}

/** Links that leave the provider; the browser tells them nothing of the page. */
function foot(frame: PageFrame): Fragment | false {
  const { supportUrl, privacyUrl, termsUrl } = frame.brand ?? {}
  const { support, privacy, terms } = words(frame)
  const links = [
    [supportUrl, support],
    [privacyUrl, privacy],
    [termsUrl, terms],
  ] as const
  if (links.every(([url]) => url === undefined)) return false
  return html`<footer class="foot">
    ${links.map(
      ([url, text]) => url !== undefined && html`<a href="${url}" rel="noreferrer">${text}</a> `,
    )}
  </footer>`
}

/** The library comes as a classic script; `defer` and `module` scripts run in document order. */
function webauthnScripts(base: string): Fragment {
  return html`<script defer src="${base}${assetPaths.webauthnLibrary}"></script>
    <script type="module" src="${base}${assetPaths.webauthn}"></script>`
}

/** The name stands beside it, so it says nothing itself. */
function logoOf({ basePath = '', brand }: PageFrame): Fragment | undefined {
  if (brand?.logo === undefined) return undefined
  return html`<img class="logo" src="${basePath}${brand.logo}" alt="" />`
}

/** A newel post with the steps that turn around it. */
const mark = html`<svg
  class="mark"
  viewBox="0 0 32 32"
  width="32"
  height="32"
  aria-hidden="true"
  focusable="false"
>
  <path class="mark-step" d="M4 27h10M18 21h10M6 15h8" />
  <rect class="mark-post" x="14" y="9" width="4" height="21" rx="2" />
  <circle class="mark-post" cx="16" cy="5" r="3.25" />
</svg>`
