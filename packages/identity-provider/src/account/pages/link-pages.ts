import { buttonForm } from '../../interaction/pages/form.ts'
import type { Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import { upstreamLinks } from '../../interaction/pages/upstream-links.ts'
import { type AccountFrame, accountLayout, backLink } from './account-layout.ts'
import { accountWords } from './account-words.ts'

export interface NamedUpstream {
  readonly id: string
  /** What people call it. */
  readonly name: string
}

/** Where the way to the other provider begins. */
export function linkStartPage(model: AccountFrame & { readonly upstream: NamedUpstream }): Html {
  const words = accountWords(model)
  const { id, name } = model.upstream
  const href = `${model.base}/link/${id}/go`
  return accountLayout(
    model,
    'account-linking',
    words.linkTo(name),
    words.linkStart(name),
    html`${upstreamLinks([{ name, href }], 'primary', model)} ${backLink(model, words)}`,
  )
}

/** Asks whether the account that answered at the other provider is to be linked. Posts to the same address. */
export function linkPage(
  model: AccountFrame & {
    readonly upstream: NamedUpstream
    /** What the other provider calls the person. */
    readonly shown: string
  },
): Html {
  const words = accountWords(model)
  const { id, name } = model.upstream
  const label = words.linkTo(name)
  return accountLayout(
    model,
    'account-link',
    label,
    words.linkLede(name, model.shown),
    html`${buttonForm(
      { action: `${model.base}/link/${id}/confirm`, label, kind: 'primary' },
      model.csrfToken,
    )}
    ${buttonForm(
      { action: `${model.base}/add/cancel`, label: words.linkNot, kind: 'quiet' },
      model.csrfToken,
    )}`,
  )
}
