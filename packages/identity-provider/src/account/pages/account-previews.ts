import type { Locale } from '../../interaction/pages/locale.ts'
import type { Html } from '../../interaction/pages/markup.ts'
import type { Credential } from '../../store/index.ts'
import type { ListedSession } from '../account-changes.ts'
import { accountPage } from './account-page.ts'
import { authenticatorPage } from './authenticator-page.ts'
import { leftPage } from './left-page.ts'
import { linkPage, linkStartPage } from './link-pages.ts'
import { passwordPage } from './password-page.ts'
import { sessionPage, sessionsPage } from './session-pages.ts'
import {
  chooseLostPage,
  impossiblePage,
  lostCodePage,
  lostSection,
  sendLostCodePage,
} from './lost-pages.ts'

const now = Date.UTC(2026, 10, 24, 6, 6, 50) / 1000

const ofAda = { accountId: 'sub-ada', createdAt: now - 9_000_000, secret: new Uint8Array() }
const phone: Credential = {
  ...ofAda,
  id: 'totp-1',
  method: 'totp',
  label: 'Phone',
  lastUsedAt: now - 60,
  data: { algorithm: 'SHA1', digits: 6, periodSeconds: 30 },
}
const password: Credential = {
  ...ofAda,
  id: 'password-1',
  method: 'password',
  label: 'Password',
  data: { scheme: 'argon2id' },
}
const address: Credential = {
  id: 'address-1',
  accountId: 'sub-ada',
  createdAt: now - 8_000_000,
  method: 'email-code',
  label: 'Email address',
  data: { address: 'ada@example.com' },
}
const company = { id: 'company', name: 'Example Company' } as const
const link: Credential = {
  id: 'federated-1',
  accountId: 'sub-ada',
  createdAt: now - 7_000_000,
  method: 'federated',
  label: 'Example Company',
  data: { issuer: 'https://login.company.example', subject: '248289761001' },
}
const session: ListedSession = {
  uid: 'uid-1',
  reference: 'aaaabbbbccccdddd',
  current: true,
  device: 'Firefox (Linux)',
  address: '192.0.2.17',
  firstSeenAt: now - 4000,
  lastSeenAt: now,
  levels: [
    { acr: 'basic', authTime: now - 4000, methods: ['password'], heldUntil: now + 39_000 },
    { acr: 'mfa', authTime: now - 60, methods: ['password', 'totp'], heldUntil: now + 840 },
  ],
}
const other: ListedSession = {
  uid: 'uid-2',
  reference: 'eeeeffffgggghhhh',
  current: false,
  levels: [],
}
const events = [
  {
    accountId: 'sub-ada',
    at: now - 60,
    type: 'proof_refused',
    method: 'totp',
    device: 'Firefox (Linux)',
    address: '192.0.2.17',
  },
  { accountId: 'sub-ada', at: now - 4000, type: 'signed_in', method: 'password' },
]

/** The account pages in every state, to look at. Development only. */
export function accountPreviewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = {
    providerName: 'Northgate ID',
    locale,
    username: 'ada@example.com',
    csrfToken: 'csrf-of-this-browser',
    base: '/account',
  } as const
  const credentials = [password, phone, address]
  const addable = ['totp', 'passkey', 'security-key', 'email-code']
  const sessions = [session, other]
  const lost = { lost: [phone], expiresAt: now + 500_000 }
  return {
    account: accountPage({
      ...frame,
      notice: 'done',
      credentials,
      addable,
      linkable: [company],
      sessions,
      events,
      now,
    }),
    'account-bare': accountPage({
      ...frame,
      notice: 'unconfirmed',
      credentials: [],
      addable: ['email-code'],
      sessions: [session],
      events: [],
      now,
    }),
    'account-authenticator': authenticatorPage({ ...frame, credential: phone, removable: true }),
    'account-authenticator-last': authenticatorPage({
      ...frame,
      refusal: 'last_way_to_sign_in',
      credential: phone,
      removable: false,
    }),
    'account-session': sessionPage({ ...frame, session }),
    'account-sessions': sessionsPage(frame),
    'account-password': passwordPage({ ...frame, credentials, refused: 'password_too_short' }),
    'account-first-password': passwordPage({ ...frame, credentials: [phone] }),
    'account-linking': linkStartPage({ ...frame, upstream: company }),
    'account-link': linkPage({ ...frame, upstream: company, shown: 'ada@company.example' }),
    'account-link-elsewhere': accountPage({
      ...frame,
      notice: 'linked_elsewhere',
      credentials: [password, link],
      addable: [],
      sessions: [session],
      events: [],
      now,
    }),
    'account-link-not-fresh': accountPage({
      ...frame,
      notice: 'link_not_fresh',
      credentials: [password],
      addable: [],
      linkable: [company],
      sessions: [session],
      events: [],
      now,
    }),
    'account-left': leftPage(frame),
    'account-lost-pending': accountPage({
      ...frame,
      credentials,
      addable,
      sessions,
      events,
      now,
      lost: (within) => lostSection(within, { ...lost, ready: true, readyAt: now - 60 }),
    }),
    'account-lost-waiting': accountPage({
      ...frame,
      credentials,
      addable,
      sessions,
      events,
      now,
      lost: (within) => lostSection(within, { ...lost, ready: false, readyAt: now + 80_000 }),
    }),
    'account-lost-offered': accountPage({
      ...frame,
      credentials,
      addable,
      sessions,
      events,
      now,
      lost: (within) => lostSection(within, undefined),
    }),
    lost: chooseLostPage({ ...frame, credentials: [phone], error: 'nothing_chosen' }),
    'lost-send': sendLostCodePage({ ...frame, to: 'a•••@example.com' }),
    'lost-code': lostCodePage({ ...frame, to: 'a•••@example.com', error: 'wrong_code' }),
    'lost-impossible': impossiblePage(frame),
  }
}
