import { wordsIn } from './locale.ts'
import { accountLine, opening } from './account.ts'
import { document } from './document.ts'
import type { Fragment, Html } from './markup.ts'
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

const words = wordsIn({
  en: {
    title: 'Sign out?',
    ends: (provider: string) => `This ends your session with ${provider}.`,
    asks: (client: Fragment, provider: string) =>
      html`${client} asks to end your session with ${provider}.`,
    signOut: 'Sign out',
    stay: 'Stay signed in',
  },
  de: {
    title: 'Abmelden?',
    ends: (provider) => `Damit endet Ihre Sitzung bei ${provider}.`,
    asks: (client, provider) => html`${client} möchte Ihre Sitzung bei ${provider} beenden.`,
    signOut: 'Abmelden',
    stay: 'Angemeldet bleiben',
  },
  fr: {
    title: 'Se déconnecter ?',
    ends: (provider) => `Cela met fin à votre session avec ${provider}.`,
    asks: (client, provider) =>
      html`${client} demande de mettre fin à votre session avec ${provider}.`,
    signOut: 'Se déconnecter',
    stay: 'Rester connecté',
  },
})

export function logoutConfirmPage(model: LogoutConfirmPageModel): Html {
  return document(model, {
    page: 'logout',
    title: words(model).title,
    main: html`${opening(
        words(model).title,
        model.clientName === undefined
          ? words(model).ends(model.providerName)
          : words(model).asks(html`<strong>${model.clientName}</strong>`, model.providerName),
      )}
      ${model.username !== undefined && accountLine(model.username, model)}
      ${trusted(model.form.markup)}
      <div class="buttons">
        <button
          class="button primary"
          type="submit"
          form="${model.form.id}"
          name="logout"
          value="yes"
          autofocus
        >
          ${words(model).signOut}
        </button>
        <button class="button secondary" type="submit" form="${model.form.id}">
          ${words(model).stay}
        </button>
      </div>`,
  })
}
