import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import type { Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import { methodWords } from './method-words.ts'
import type { PageFrame } from './page-frame.ts'

/** Something was set up. "Continue" is posted to `action`. */
export interface EnrolledPageModel extends PageFrame {
  readonly clientName: string
  readonly username: string
  readonly action: string
  readonly csrfToken: string
  /** What was set up. */
  readonly method: Method
  /**
   * Whether the request at hand goes on with it. `false`: what was just set up does not answer the request during which
   * it was set up; the person returns to the relying party and tries again.
   */
  readonly continues: boolean
}

const words = wordsIn({
  en: {
    title: (name: string) => `${name} is set up`,
    app: 'Your authenticator app',
    continues: 'You can use it from now on. Continue, and we will ask for it once.',
    ends: (client: Fragment) =>
      html`For your safety, it does not count for the request you came with. We take you back to
      ${client}: try again there, and we will ask for it.`,
  },
  de: {
    title: (name) => `${name} ist eingerichtet`,
    app: 'Ihre Authenticator-App',
    continues: 'Sie können das ab jetzt verwenden. Fahren Sie fort, und wir fragen einmal danach.',
    ends: (client) =>
      html`Zu Ihrer Sicherheit zählt das nicht für die Anfrage, mit der Sie gekommen sind. Wir
      bringen Sie zurück zu ${client}: Versuchen Sie es dort noch einmal, dann fragen wir danach.`,
  },
  fr: {
    title: (name) => `Configuration terminée : ${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    app: 'Votre application d’authentification',
    continues:
      'Vous pouvez l’utiliser dès maintenant. Continuez, et nous vous la demanderons une fois.',
    ends: (client) =>
      html`Par sécurité, cela ne compte pas pour la demande en cours. Nous vous ramenons à ${client}
      : réessayez là-bas, et la confirmation vous sera demandée.`,
  },
})

export function enrolledPage(model: EnrolledPageModel): Html {
  const { name } = methodWords(model.method, model)
  const title = words(model).title(model.method === 'totp' ? words(model).app : name)
  return document(model, {
    page: 'enrolled',
    method: model.method,
    title,
    main: html`${opening(
      title,
      model.continues
        ? words(model).continues
        : words(model).ends(html`<strong>${model.clientName}</strong>`),
    )}
    ${accountLine(model.username, model)}
    ${buttonForm({ action: model.action, label: commonWords(model).continue, kind: 'primary' }, model.csrfToken)}`,
  })
}
