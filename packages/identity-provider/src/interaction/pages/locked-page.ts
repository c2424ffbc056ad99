import type { EpochSeconds, Method } from '@newel/policy'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import { buttonForm } from './form.ts'
import type { Html } from './markup.ts'
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

export function lockedPage(model: LockedPageModel): Html {
  const { name } = methodWords(model.method)
  const title = `${name} is locked for now`
  return document(model, {
    page: 'locked',
    method: model.method,
    title,
    main: html`${opening(
        title,
        html`There were too many wrong answers. You can use it again at
        ${lockEnd(model.lockedUntil, model.now)}.`,
      )}
      ${accountLine(model.username)}
      ${
        model.otherMethods.length > 0
          ? html`<h2 id="other-ways">Use another way</h2>
              ${methodChoices(model.action, model.csrfToken, model.otherMethods, 'other-ways')}`
          : html`<p class="note info">
              Nothing else is set up for this account. You can go back and try again later.
            </p>`
      }
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: 'Cancel', kind: 'quiet' }, model.csrfToken)}
      </div>
      <p class="fine">
        Was it not you? Someone may be guessing. You are still signed in where you were, and nothing
        was changed.
      </p>`,
  })
}
