import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import { html, trusted } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** Signing out, asked by a relying party. "Sign out" posts `logout=yes` with the form; the other button posts the form without it. */
export interface LogoutConfirmPageModel extends PageFrame {
  /** Absent: no relying party asked. */
  readonly clientName?: string
  /** Absent: nobody is signed in. */
  readonly username?: string
  /** The form as the protocol library made it, with its own token in it; it goes into the page as it is. */
  readonly form: { readonly id: string; readonly markup: string }
}

export function logoutConfirmPage(model: LogoutConfirmPageModel): Html {
  return document(model, {
    page: 'logout',
    title: 'Sign out?',
    main: html`${opening(
        'Sign out?',
        model.clientName === undefined
          ? html`This ends your session with ${model.providerName}.`
          : html`<strong>${model.clientName}</strong> asks to end your session with
              ${model.providerName}.`,
      )}
      ${model.username !== undefined && accountLine(model.username)} ${trusted(model.form.markup)}
      <div class="buttons">
        <button
          class="button primary"
          type="submit"
          form="${model.form.id}"
          name="logout"
          value="yes"
          autofocus
        >
          Sign out
        </button>
        <button class="button secondary" type="submit" form="${model.form.id}">
          Stay signed in
        </button>
      </div>`,
  })
}
