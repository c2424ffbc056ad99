import type { EpochSeconds, Method } from '@newel/policy'
import { accountLine, opening } from '../../interaction/pages/account.ts'
import type { AnswerError } from '../../interaction/pages/answer-error.ts'
import { type PageName, document } from '../../interaction/pages/document.ts'
import { buttonForm, errorBox, errorNote, field, postForm } from '../../interaction/pages/form.ts'
import { type Spoken, defaultLocale } from '../../interaction/pages/locale.ts'
import type { Child, Fragment, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import { methodWords } from '../../interaction/pages/method-words.ts'
import type { PageFrame } from '../../interaction/pages/page-frame.ts'
import { newPasswordField } from '../../interaction/pages/new-password-field.ts'
import { upstreamLinks } from '../../interaction/pages/upstream-links.ts'
import { wayBack } from '../../interaction/pages/ways.ts'
import type { Credential, SecurityEvent } from '../../store/index.ts'
import type { ChangeRefusal, ListedSession } from '../account-changes.ts'
import { type AccountWords, accountWords } from './account-words.ts'

export interface AccountFrame extends PageFrame {
  readonly username: string
  readonly csrfToken: string
  /** Address of the account pages, without a closing slash. */
  readonly base: string
  readonly notice?: AccountNotice
  readonly refusal?: ChangeRefusal
}

/** What the account page tells first. */
export type AccountNotice = (typeof accountNotices)[number]

export const accountNotices = [
  'unconfirmed',
  'done',
  'link_refused',
  'link_not_fresh',
  'linked_elsewhere',
  'upstream_unavailable',
] as const

export interface AccountPageModel extends AccountFrame {
  readonly credentials: readonly Credential[]
  /** What can be added. */
  readonly addable: readonly Method[]
  /** Other providers whose account can be linked. Absent: none. */
  readonly linkable?: readonly NamedUpstream[]
  /** What became of a lost factor, or how to report one. Absent: that is not offered. */
  readonly lost?: (frame: AccountFrame) => Fragment
  readonly sessions: readonly ListedSession[]
  readonly events: readonly SecurityEvent[]
  readonly now: EpochSeconds
}

export function accountPage(model: AccountPageModel): Html {
  const words = accountWords(model)
  const { base } = model
  return accountLayout(
    model,
    'account',
    words.title,
    words.lede,
    html`<h2 id="authenticators">${words.authenticators}</h2>
      <ul class="entries" aria-labelledby="authenticators">
        ${model.credentials.map((credential) => authenticatorItem(credential, base, words))}
      </ul>
      <ul class="entry-links">
        ${model.addable.map(
          (method) =>
            html`<li>
              <a href="${base}/add?method=${method}"
                >${addLabel(method, model.credentials, words)}</a
              >
            </li>`,
        )}
        ${(model.linkable ?? []).map(
          ({ id, name }) => html`<li><a href="${base}/link/${id}">${words.linkTo(name)}</a></li>`,
        )}
        ${!hasPassword(model.credentials) && html`<li><a href="${base}/password">${words.setPassword}</a></li>`}
      </ul>
      ${model.lost?.(model)}
      <h2 id="sessions">${words.sessions}</h2>
      <ul class="entries" aria-labelledby="sessions">
        ${model.sessions.map((session) => sessionItem(session, model, words))}
      </ul>
      <p><a href="${base}/sessions">${words.endSeveral}</a></p>
      <h2 id="events">${words.events}</h2>
      ${
        model.events.length === 0
          ? html`<p>${words.noEvents}</p>`
          : html`<ul class="entries" aria-labelledby="events">
              ${model.events.map((event) => eventItem(event, model, words))}
            </ul>`
      }`,
  )
}

function hasPassword(credentials: readonly Credential[]): boolean {
  return credentials.some(({ method }) => method === 'password')
}

/** One that its owner never named is called what it is, in the language of the page. */
export function nameOf({ label }: Credential, words: AccountWords): string {
  const plain: Readonly<Record<string, string>> = {
    Password: words.plain_password,
    'Authenticator app': words.plain_app,
    Passkey: words.plain_passkey,
    'Security key': words.plain_key,
    'Recovery codes': words.plain_codes,
    'Email address': words.plain_address,
  }
  return Object.hasOwn(plain, label) ? (plain[label] ?? label) : label
}

function authenticatorItem(credential: Credential, base: string, words: AccountWords): Fragment {
  const { id, createdAt, lastUsedAt, method } = credential
  const label = nameOf(credential, words)
  const target = method === 'password' ? `${base}/password` : `${base}/authenticators/${id}`
  return html`<li>
    <p><strong>${label}</strong></p>
    ${credential.method === 'email-code' && html`<p class="entry-detail">${credential.data.address}</p>`}
    <p class="entry-detail">
      ${words.added} ${time(createdAt)},
      ${lastUsedAt === undefined ? words.never : html`${words.used} ${time(lastUsedAt)}`}${credential.method === 'recovery-code' && `, ${words.codesLeft} ${credential.data.total - credential.data.used.length}`}
    </p>
    <p>
      <a href="${target}">${words.change}<span class="visually-hidden">: ${label}</span></a>
    </p>
  </li>`
}

function sessionItem(
  session: ListedSession,
  model: AccountPageModel,
  words: AccountWords,
): Fragment {
  const device = session.device ?? words.unknown
  return html`<li>
    <p><strong>${device}</strong>${session.current && html` (${words.thisOne})`}</p>
    <p class="entry-detail">
      ${session.address !== undefined && html`${session.address}, `}
      ${session.firstSeenAt !== undefined && html`${words.since} ${time(session.firstSeenAt)}, `}
      ${session.lastSeenAt !== undefined && html`${words.seen} ${time(session.lastSeenAt)}`}
    </p>
    <p class="entry-detail">
      ${
        session.levels.length === 0
          ? words.noLevels
          : session.levels.map(
              ({ acr, authTime, heldUntil }, at) =>
                html`${at > 0 && ', '}<code>${acr}</code> ${words.since} ${time(authTime)}
                  (${words.left(duration(heldUntil - model.now, model))})`,
            )
      }
    </p>
    <p>
      <a href="${model.base}/sessions/${session.reference}"
        >${words.manage}<span class="visually-hidden">: ${device}</span></a
      >
    </p>
  </li>`
}

function eventItem(event: SecurityEvent, frame: PageFrame, words: AccountWords): Fragment {
  const names: Readonly<Record<string, unknown>> = words
  const name = names[`event_${event.type}`]
  const method = event.method === undefined ? undefined : methodWords(event.method, frame).name
  const about = [method, event.device, event.address].filter((part) => part !== undefined)
  return html`<li>
    <p>${typeof name === 'string' ? name : event.type}</p>
    <p class="entry-detail">${time(event.at)}${about.length > 0 && html`: ${about.join(', ')}`}</p>
  </li>`
}

function addLabel(method: Method, credentials: readonly Credential[], words: AccountWords): string {
  if (method === 'email-code') {
    const present = credentials.some((known) => known.method === method)
    return present ? words.changeAddress : words.addAddress
  }
  if (method === 'totp') return words.addTotp
  if (method === 'recovery-code') return words.addRecoveryCodes
  return method === 'passkey' ? words.addPasskey : words.addSecurityKey
}

/** Name and removal of one authenticator. */
export function authenticatorPage(
  model: AccountFrame & { readonly credential: Credential; readonly removable: boolean },
): Html {
  const words = accountWords(model)
  const label = nameOf(model.credential, words)
  const target = `${model.base}/authenticators/${model.credential.id}`
  return accountLayout(
    model,
    'account-authenticator',
    `${words.change}: ${label}`,
    words.removeLede,
    html`${postForm(
      `${target}/rename`,
      model.csrfToken,
      html`${field({
          id: 'label',
          name: 'label',
          label: words.name,
          type: 'text',
          autocomplete: 'off',
          value: label,
          focused: model.refusal === 'invalid_label',
          invalid: model.refusal === 'invalid_label',
        })}<button class="button primary" type="submit">${words.save}</button>`,
    )}
    ${
      model.removable
        ? buttonForm(
            { action: `${target}/remove`, label: words.remove, kind: 'secondary' },
            model.csrfToken,
          )
        : model.refusal !== 'last_way_to_sign_in' &&
          html`<p class="note info">${words.error_last_way_to_sign_in}</p>`
    }
    ${backLink(model, words)}`,
  )
}

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

export function passwordPage(
  model: AccountFrame & {
    readonly refused?: AnswerError
    /** Without a password among them, it is the first one. */
    readonly credentials: readonly Credential[]
  },
): Html {
  const spoken = model.locale === undefined ? {} : { locale: model.locale }
  const words = accountWords(model)
  const present = hasPassword(model.credentials)
  return accountLayout(
    model,
    'account-password',
    present ? words.password : words.setPassword,
    present ? words.passwordLede : words.firstPasswordLede,
    html`${errorNote({ ...spoken, error: model.refused })}
    ${postForm(
      `${model.base}/password`,
      model.csrfToken,
      html`${newPasswordField({ username: model.username, invalid: model.refused !== undefined }, model)}<button
          class="button primary"
          type="submit"
        >
          ${present ? words.changePassword : words.setPassword}
        </button>`,
    )}
    ${backLink(model, words)}`,
  )
}

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

/** Nobody is signed in, and nobody wanted to. */
export function leftPage(frame: PageFrame & { readonly base: string }): Html {
  const words = accountWords(frame)
  return document(frame, {
    page: 'account-left',
    title: words.leftTitle,
    main: html`${opening(words.leftTitle, words.leftLede)}
      <p class="action"><a class="button primary" href="${frame.base}">${words.signIn}</a></p>`,
  })
}

export function accountLayout(
  model: AccountFrame,
  name: PageName,
  title: string,
  lede: string,
  content: Fragment,
  failed = model.refusal !== undefined,
): Html {
  const words = accountWords(model)
  return document(model, {
    page: name,
    title,
    failed,
    main: html`${opening(title, lede)}
    ${model.refusal !== undefined && errorBox(words[`error_${model.refusal}`])}
    ${
      model.notice !== undefined &&
      html`<p class="note info" role="status">${words[`notice_${model.notice}`]}</p>`
    }
    ${accountLine(model.username, model)} ${content}`,
  })
}

function backLink({ base }: AccountFrame, words: AccountWords): Fragment {
  return html`<div class="ways-out">${wayBack(base, words.back)}</div>`
}

/** In hours and whole minutes, of which the last one counts until it is over. */
function duration(seconds: number, { locale = defaultLocale }: Spoken): string {
  const minutes = Math.ceil(Math.max(0, seconds) / 60)
  const said = (count: number, unit: string): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit }).format(count)
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  const parts = [
    hours > 0 && said(hours, 'hour'),
    (rest > 0 || hours === 0) && said(rest, 'minute'),
  ]
  return parts.filter((part) => part !== false).join(' ')
}

/** In UTC and to the minute, until the browser, which knows the time zone, says it in its own. */
export function time(at: EpochSeconds): Fragment {
  const iso = new Date(at * 1000).toISOString()
  return html`<time datetime="${iso}" data-local-time="date"
    >${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time
  >`
}
