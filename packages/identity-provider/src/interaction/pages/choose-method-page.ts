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
import type { PageRequirement } from './step-up-page.ts'
import { levelLine, why } from './step-up-page.ts'
import type { EnrolOffer, LockedMethod } from './ways.ts'
import { lockEnd, methodChoices } from './ways.ts'

/** "Try another way". Posts the chosen `method` to `action`. */
export interface ChooseMethodPageModel extends InteractionFrame {
  readonly username: string
  readonly requirement: PageRequirement
  /** What the person can use now, the best first. */
  readonly methods: readonly Method[]
  /** Not offered, and until when. */
  readonly locked: readonly LockedMethod[]
  readonly now: EpochSeconds
  readonly enrolOffer?: EnrolOffer
}

const words = wordsIn({
  en: {
    title: 'Choose another way',
    none: 'No other way is set up for this account.',
    locked: (method: Fragment, end: Fragment) => html`${method} is locked until ${end}.`,
    setUp: 'Set up something new',
  },
  de: {
    title: 'Anderen Weg wählen',
    none: 'Für dieses Konto ist kein anderer Weg eingerichtet.',
    locked: (method, end) => html`${method}: gesperrt bis ${end}.`,
    setUp: 'Etwas Neues einrichten',
  },
  fr: {
    title: 'Choisir un autre moyen',
    none: 'Aucun autre moyen n’est configuré pour ce compte.',
    locked: (method, end) => html`${method} : bloqué jusqu’à ${end}.`,
    setUp: 'Configurer un nouveau moyen',
  },
})

export function chooseMethodPage(model: ChooseMethodPageModel): Html {
  const { enrolOffer } = model
  return document(model, {
    page: 'choose',
    title: words(model).title,
    main: html`${opening(words(model).title, why(model), 'choose')}
      ${accountLine(model.username, model)}
      ${
        model.methods.length > 0
          ? methodChoices(model.action, model.csrfToken, model.methods, 'choose', model)
          : html`<p class="note info">${words(model).none}</p>`
      }
      ${model.locked.map(
        ({ method, until }) =>
          html`<p class="locked-way">
            ${words(model).locked(html`<strong>${methodWords(method, model).name}</strong>`, lockEnd(until, model.now, model))}
          </p>`,
      )}
      ${
        enrolOffer !== undefined &&
        html`<h2 id="enrol-offer">${words(model).setUp}</h2>
          ${methodChoices(enrolOffer.action, model.csrfToken, enrolOffer.methods, 'enrol-offer', model)}`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement, model)}`,
  })
}
