import { opening } from './account.ts'
import { document } from './document.ts'
import { continueButton } from './form.ts'
import { wordsIn } from './locale.ts'
import type { Html } from './markup.ts'
import { html, trusted } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** The way back to a relying party that wants its answer posted. It sends itself; without JavaScript, a button does. */
export interface SendOnPageModel extends PageFrame {
  readonly clientName: string
  /** The redirect URI. */
  readonly action: string
  /** Hidden fields as the protocol library made them; they go into the page as they are. */
  readonly fields: string
}

const words = wordsIn({
  en: {
    title: 'One moment',
    back: (client: string) => `You are on your way back to ${client}.`,
  },
  de: {
    title: 'Einen Augenblick',
    back: (client) => `Es geht zurück zu ${client}.`,
  },
  fr: {
    title: 'Un instant',
    back: (client) => `Vous allez revenir à ${client}.`,
  },
})

export function sendOnPage(model: SendOnPageModel): Html {
  return document(model, {
    page: 'send-on',
    title: words(model).title,
    main: html`${opening(words(model).title, words(model).back(model.clientName))}
      <form method="post" action="${model.action}" data-submit-at-once>
        ${trusted(model.fields)} ${continueButton(model)}
      </form>`,
  })
}
