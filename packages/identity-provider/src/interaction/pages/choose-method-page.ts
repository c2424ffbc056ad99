import type { EpochSeconds, Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Html } from './markup.ts'
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

export function chooseMethodPage(model: ChooseMethodPageModel): Html {
  const { enrolOffer } = model
  return document(model, {
    page: 'choose',
    title: 'Choose another way',
    main: html`${opening('Choose another way', why(model), 'choose')} ${accountLine(model.username)}
      ${
        model.methods.length > 0
          ? methodChoices(model.action, model.csrfToken, model.methods, 'choose')
          : html`<p class="note info">No other way is set up for this account.</p>`
      }
      ${model.locked.map(
        ({ method, until }) =>
          html`<p class="locked-way">
            <strong>${methodWords(method).name}</strong> is locked until
            ${lockEnd(until, model.now)}.
          </p>`,
      )}
      ${
        enrolOffer !== undefined &&
        html`<h2 id="enrol-offer">Set up something new</h2>
          ${methodChoices(enrolOffer.action, model.csrfToken, enrolOffer.methods, 'enrol-offer')}`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement)}`,
  })
}
