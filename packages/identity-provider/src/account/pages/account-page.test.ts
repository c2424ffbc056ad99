import { describe, expect, it } from 'vitest'
import type { TotpCredential } from '../../store/index.ts'
import { accountPage } from './account-page.ts'

const app: TotpCredential = {
  id: 'totp-1',
  accountId: 'sub-ada',
  method: 'totp',
  label: 'Authenticator app',
  createdAt: 1_800_000_000,
  data: { algorithm: 'SHA1', digits: 6, periodSeconds: 30 },
  secret: new Uint8Array(),
}

function pageWith(label: string): string {
  return accountPage({
    providerName: 'Newel',
    locale: 'de',
    username: 'ada',
    csrfToken: 'token',
    base: '/account',
    credentials: [{ ...app, label }],
    addable: [],
    sessions: [
      {
        uid: 'session-1',
        reference: 'r',
        current: true,
        levels: [{ acr: 'mfa', methods: [], authTime: 1_800_000_000, heldUntil: 1_800_000_899 }],
      },
    ],
    events: [],
    now: 1_800_000_010,
  })
}

describe('the account page', () => {
  it('calls an authenticator that its owner never named what it is, in the language of the page', () => {
    expect(pageWith('Authenticator app')).toContain('<strong>Authenticator-App</strong>')
  })

  it('leaves a name of its owner as it is, whatever it reads like', () => {
    expect(pageWith('My <phone>')).toContain('<strong>My &lt;phone&gt;</strong>')
    expect(pageWith('constructor')).toContain('<strong>constructor</strong>')
  })

  it('tells what is left of a level in whole minutes', () => {
    expect(pageWith('x')).toContain('noch 15 Min.')
  })

  it('gives every time to the browser, which knows its zone', () => {
    expect(pageWith('x')).toMatch(
      /<time datetime="2027-01-15T08:00:00.000Z" data-local-time="date"\s*>2027-01-15 08:00 UTC<\/time/,
    )
  })
})
