import { wordsIn } from './locale.ts'
import type { Spoken } from './locale.ts'
import type { Alternative } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import { methodWords } from './method-words.ts'
import type { PageFrame } from './page-frame.ts'
import type { PageRequirement } from './step-up-page.ts'
import { levelLine, why } from './step-up-page.ts'
import type { EnrolOffer } from './ways.ts'
import { methodChoices } from './ways.ts'

/** Nothing that this person has set up reaches what is asked. */
export interface UnreachablePageModel extends PageFrame {
  readonly clientName: string
  readonly username: string
  readonly csrfToken: string
  /** "Back to …" is posted here: to the relying party with the standard error. */
  readonly cancelAction: string
  readonly requirement: PageRequirement
  /** What would do: any one of these sets of methods. */
  readonly alternatives: readonly Alternative[]
  /** Absent: policy does not let a person set these up here. */
  readonly enrolOffer?: EnrolOffer
}

const words = wordsIn({
  en: {
    needsMore: 'This needs more than you have set up',
    oneMore: 'One more thing to set up',
    notEnough: 'Nothing that is set up for your account is enough for that.',
    needed: 'What would do',
    ask: (provider: string) =>
      `These cannot be set up on this page. Please ask the people who run ${provider}.`,
    setUp: 'Set up now',
    back: (client: string) => `Back to ${client}`,
    within: (name: string) => name.charAt(0).toLowerCase() + name.slice(1),
    and: ' and ',
  },
  de: {
    needsMore: 'Das verlangt mehr, als Sie eingerichtet haben',
    oneMore: 'Noch etwas ist einzurichten',
    notEnough: 'Was für Ihr Konto eingerichtet ist, reicht dafür nicht aus.',
    needed: 'Das würde genügen',
    ask: (provider) =>
      `Das lässt sich auf dieser Seite nicht einrichten. Bitte wenden Sie sich an die Betreiber von ${provider}.`,
    setUp: 'Jetzt einrichten',
    back: (client) => `Zurück zu ${client}`,
    within: (name) => name,
    and: ' und ',
  },
  fr: {
    needsMore: 'Il faut plus que ce que vous avez configuré',
    oneMore: 'Encore une chose à configurer',
    notEnough: 'Rien de ce qui est configuré pour votre compte ne suffit.',
    needed: 'Ce qui conviendrait',
    ask: (provider) =>
      `Cela ne peut pas être configuré sur cette page. Adressez-vous aux responsables de ${provider}.`,
    setUp: 'Configurer maintenant',
    back: (client) => `Revenir à ${client}`,
    within: (name) => name.charAt(0).toLowerCase() + name.slice(1),
    and: ' et ',
  },
})

export function unreachablePage(model: UnreachablePageModel): Html {
  const { enrolOffer } = model
  const title = enrolOffer === undefined ? words(model).needsMore : words(model).oneMore
  return document(model, {
    page: 'unreachable',
    title,
    main: html`${opening(title, html`${why(model)} ${words(model).notEnough}`)}
      ${accountLine(model.username, model)}
      <h2 id="needed">${words(model).needed}</h2>
      <ul class="needed" aria-labelledby="needed">
        ${model.alternatives.map((methods) => html`<li>${inWords(methods, model)}</li>`)}
      </ul>
      ${
        enrolOffer === undefined
          ? html`<p class="note info">${words(model).ask(model.providerName)}</p>`
          : html`<h2 id="enrol-offer">${words(model).setUp}</h2>
              ${methodChoices(enrolOffer.action, model.csrfToken, enrolOffer.methods, 'enrol-offer', model)}`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: words(model).back(model.clientName), kind: enrolOffer === undefined ? 'primary' : 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement, model)}`,
  })
}

function inWords(methods: Alternative, model: Spoken): string {
  const [first = '', ...rest] = methods.map((method) => methodWords(method, model).name)
  return [first, ...rest.map(words(model).within)].join(words(model).and)
}
