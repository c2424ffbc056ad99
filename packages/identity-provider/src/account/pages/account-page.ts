import type { EpochSeconds, Method } from '@newel/policy'
import { type Spoken, defaultLocale } from '../../interaction/pages/locale.ts'
import type { Fragment, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import { methodWords } from '../../interaction/pages/method-words.ts'
import type { PageFrame } from '../../interaction/pages/page-frame.ts'
import type { Credential, SecurityEvent } from '../../store/index.ts'
import type { ListedSession } from '../account-changes.ts'
import { type AccountFrame, accountLayout } from './account-layout.ts'
import { type AccountWords, accountWords } from './account-words.ts'
import { nameOf } from './credential-name.ts'
import type { NamedUpstream } from './link-pages.ts'
import { time } from './local-time.ts'
import { hasPassword } from './password-page.ts'

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
