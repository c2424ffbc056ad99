import { opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** What cannot be told to the relying party, or ends the interaction. Codes are stable. */
export type PageError = keyof typeof texts

const texts = {
  unknown_client: {
    title: 'We do not know this app',
    happened:
      'The app that sent you here is not registered with us, so we cannot sign you in to it.',
    mend: 'Go back and start again from the app’s own page. If that does not help, tell the people who run it.',
  },
  invalid_redirect_uri: {
    title: 'This app’s address does not match',
    happened:
      'The app asked to return you to an address that it has not registered. To keep you safe, we stopped here.',
    mend: 'Start again from the app’s own page. If it happens again, tell the people who run it.',
  },
  invalid_request: {
    title: 'The request was not complete',
    happened: 'The app sent something that we could not read.',
    mend: 'Go back and try again. If it happens again, tell the people who run the app.',
  },
  interaction_expired: {
    title: 'This page has expired',
    happened:
      'It was open for too long, was used already, or belongs to another browser. Nothing was changed.',
    mend: 'Go back to the app and try again.',
  },
  form_expired: {
    title: 'Please send that again',
    happened: 'We could not tell that the form came from this page, so nothing was done with it.',
    mend: 'Go back one page, reload it and try again. Cookies have to be allowed for this site.',
  },
  different_user: {
    title: 'That is a different account',
    happened:
      'You were asked to confirm as one person, and the answer belongs to another. Nobody was signed in or out.',
    mend: 'Go back and use the account that was shown, or sign out of the app first.',
  },
  not_found: {
    title: 'There is nothing here',
    happened: 'This address does not lead to a page.',
    mend: 'Go back to the app and try again.',
  },
  too_large: {
    title: 'That was too much to read',
    happened: 'The request was larger than we accept, so nothing was done with it.',
    mend: 'Go back to the app and try again.',
  },
  temporarily_unavailable: {
    title: 'We are busy just now',
    happened: 'We could not take your request in time. You are still signed in where you were.',
    mend: 'Please wait a moment and try again.',
  },
  server_error: {
    title: 'Something went wrong on our side',
    happened:
      'It is not your fault. You are still signed in where you were, and nothing was changed.',
    mend: 'Please try again. If it happens again, tell us the reference below.',
  },
} as const satisfies Readonly<Record<string, { title: string; happened: string; mend: string }>>

/** Every code. */
export const pageErrors = Object.keys(texts) as readonly PageError[]

export interface ErrorPageModel extends PageFrame {
  readonly error: PageError
  /** Finds the entry in the log. Tells nothing by itself. */
  readonly reference: string
  /** A way on, followed by GET; its address must be known to be safe. Absent: none is known. */
  readonly back?: { readonly href: string; readonly label: string }
}

export function errorPage(model: ErrorPageModel): Html {
  const { title, happened, mend } = texts[model.error]
  return document(model, {
    page: 'error',
    title,
    failed: true,
    main: html`${opening(title, happened)}
      <p>${mend}</p>
      ${model.back !== undefined && html`<p class="action"><a class="button primary" href="${model.back.href}">${model.back.label}</a></p>`}
      <p class="fine">Reference: <code class="reference">${model.reference}</code></p>`,
  })
}
