import { buttonForm, postForm } from '../../interaction/pages/form.ts'
import type { Child, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { ListedSession } from '../account-changes.ts'
import { type AccountFrame, accountLayout, backLink } from './account-layout.ts'
import { accountWords } from './account-words.ts'

export function sessionPage(model: AccountFrame & { readonly session: ListedSession }): Html {
  const words = accountWords(model)
  const { session, csrfToken } = model
  const target = `${model.base}/sessions/${session.reference}`
  const device = session.device ?? words.unknown
  return accountLayout(
    model,
    'account-session',
    session.current ? `${device} – ${words.thisOne}` : device,
    words.sessionLede,
    html`${buttonForm({ action: `${target}/end`, label: words.end, kind: 'primary' }, csrfToken)}
    ${buttonForm({ action: `${target}/drop`, label: words.drop, kind: 'secondary' }, csrfToken)}
    ${backLink(model, words)}`,
  )
}

export function sessionsPage(model: AccountFrame): Html {
  const words = accountWords(model)
  const button = (which: 'others' | 'all', label: string, kind: 'primary' | 'secondary'): Child =>
    postForm(
      `${model.base}/sessions`,
      model.csrfToken,
      html`<button class="button ${kind}" type="submit" name="which" value="${which}">
        ${label}
      </button>`,
    )
  return accountLayout(
    model,
    'account-sessions',
    words.endSeveral,
    words.sessionsLede,
    html`${button('others', words.endOthers, 'primary')} ${button('all', words.endAll, 'secondary')}
    ${backLink(model, words)}`,
  )
}
