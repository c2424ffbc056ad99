import { wordsIn } from './locale.ts'
import { opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

export interface LoggedOutPageModel extends PageFrame {
  /** A way on, followed by GET; its address must be known to be safe. Absent: none is known. */
  readonly back?: { readonly href: string; readonly label: string }
}

const words = wordsIn({
  en: {
    title: 'You are signed out',
    ended: (provider: string) =>
      `Your session with ${provider} has ended. You can close this page.`,
  },
  de: {
    title: 'Sie sind abgemeldet',
    ended: (provider) =>
      `Ihre Sitzung bei ${provider} ist beendet. Sie können diese Seite schließen.`,
  },
  fr: {
    title: 'Vous êtes déconnecté',
    ended: (provider) =>
      `Votre session avec ${provider} est terminée. Vous pouvez fermer cette page.`,
  },
})

export function loggedOutPage(model: LoggedOutPageModel): Html {
  return document(model, {
    page: 'logged-out',
    title: words(model).title,
    main: html`${opening(words(model).title, words(model).ended(model.providerName))}
    ${model.back !== undefined && html`<p class="action"><a class="button secondary" href="${model.back.href}">${model.back.label}</a></p>`}`,
  })
}
