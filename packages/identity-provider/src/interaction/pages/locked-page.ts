import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import type { EpochSeconds, Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import { methodWords } from './method-words.ts'
import type { InteractionFrame } from './page-frame.ts'
import { lockEnd, methodChoices } from './ways.ts'

/** A method takes no answers for a while. Posts another `method` to `action`. */
export interface LockedPageModel extends InteractionFrame {
  /** As typed or known; the page is the same whether or not there is such an account. */
  readonly username: string
  readonly method: Method
  readonly lockedUntil: EpochSeconds
  readonly now: EpochSeconds
  readonly otherMethods: readonly Method[]
}

const words = wordsIn({
  en: {
    title: (name: string) => `${name} is locked for now`,
    lede: (end: Fragment) =>
      html`There were too many wrong answers. You can use it again at ${end}.`,
    other: 'Use another way',
    alone: 'Nothing else is set up for this account. You can go back and try again later.',
    notYou:
      'Was it not you? Someone may be guessing. You are still signed in where you were, and nothing was changed.',
  },
  de: {
    title: (name) => `${name} ist vorerst gesperrt`,
    lede: (end) =>
      html`Es gab zu viele falsche Antworten. Ab ${end} können Sie es wieder versuchen.`,
    other: 'Einen anderen Weg nehmen',
    alone:
      'Für dieses Konto ist nichts anderes eingerichtet. Sie können zurückgehen und es später noch einmal versuchen.',
    notYou:
      'Waren Sie das nicht? Vielleicht versucht jemand zu raten. Wo Sie angemeldet waren, sind Sie es noch, und nichts wurde geändert.',
  },
  fr: {
    title: (name) => `Bloqué pour l’instant : ${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    lede: (end) => html`Il y a eu trop de réponses incorrectes. Vous pourrez réessayer à ${end}.`,
    other: 'Utiliser un autre moyen',
    alone:
      'Rien d’autre n’est configuré pour ce compte. Vous pouvez revenir en arrière et réessayer plus tard.',
    notYou:
      'Ce n’était pas vous ? Quelqu’un essaie peut-être de deviner. Vous restez connecté là où vous l’étiez, et rien n’a été modifié.',
  },
})

export function lockedPage(model: LockedPageModel): Html {
  const { name } = methodWords(model.method, model)
  const title = words(model).title(name)
  return document(model, {
    page: 'locked',
    method: model.method,
    title,
    main: html`${opening(title, words(model).lede(lockEnd(model.lockedUntil, model.now, model)))}
      ${accountLine(model.username, model)}
      ${
        model.otherMethods.length > 0
          ? html`<h2 id="other-ways">${words(model).other}</h2>
              ${methodChoices(model.action, model.csrfToken, model.otherMethods, 'other-ways', model)}`
          : html`<p class="note info">${words(model).alone}</p>`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>
      <p class="fine">${words(model).notYou}</p>`,
  })
}
