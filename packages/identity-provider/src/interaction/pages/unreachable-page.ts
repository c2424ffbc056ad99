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

export function unreachablePage(model: UnreachablePageModel): Html {
  const { enrolOffer } = model
  const title =
    enrolOffer === undefined ? 'This needs more than you have set up' : 'One more thing to set up'
  return document(model, {
    page: 'unreachable',
    title,
    main: html`${opening(title, html`${why(model)} Nothing that is set up for your account is enough for that.`)}
      ${accountLine(model.username)}
      <h2 id="needed">What would do</h2>
      <ul class="needed" aria-labelledby="needed">
        ${model.alternatives.map((methods) => html`<li>${inWords(methods)}</li>`)}
      </ul>
      ${
        enrolOffer === undefined
          ? html`<p class="note info">
              These cannot be set up on this page. Please ask the people who run
              ${model.providerName}.
            </p>`
          : html`<h2 id="enrol-offer">Set up now</h2>
              ${methodChoices(enrolOffer.action, model.csrfToken, enrolOffer.methods, 'enrol-offer')}`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: `Back to ${model.clientName}`, kind: enrolOffer === undefined ? 'primary' : 'quiet' }, model.csrfToken)}
      </div>
      ${levelLine(model.requirement)}`,
  })
}

function inWords(methods: Alternative): string {
  const [first = '', ...rest] = methods.map((method) => methodWords(method).name)
  return [first, ...rest.map((name) => name.charAt(0).toLowerCase() + name.slice(1))].join(' and ')
}
