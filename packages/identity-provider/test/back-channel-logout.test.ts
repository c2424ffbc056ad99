import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StoreError } from '@newel/identity-provider'
import {
  type IssuedTokens,
  type TestHouse,
  type TestPerson,
  type Visitor,
  answerPages,
  formsOf,
  openTestHouse,
} from '@newel/testing/house'
import { journey } from './step-up-house.ts'

/** Relying parties that are told of logouts, by the path at which they listen. */
interface RelyingParties {
  readonly address: string
  /** What each was sent, in the order in which it came. */
  readonly told: Record<string, string[]>
  /** How it answers. Absent: 200. */
  readonly answers: Record<string, (response: ServerResponse) => void>
  until(path: string, times?: number): Promise<readonly string[]>
  close(): Promise<void>
}

async function startRelyingParties(): Promise<RelyingParties> {
  const told: Record<string, string[]> = {}
  const answers: RelyingParties['answers'] = {}
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? ''
      const body = new URLSearchParams(await receive(request))
      ;(told[path] ??= []).push(body.get('logout_token') ?? '')
      const answer = answers[path]
      if (answer === undefined) response.end()
      else answer(response)
      server.emit('told')
    })()
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    told,
    answers,
    async until(path, times = 1) {
      while ((told[path]?.length ?? 0) < times) await once(server, 'told')
      return told[path] ?? []
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function receive(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

let parties: RelyingParties
let house: TestHouse
let ada: TestPerson
let visitor: Visitor

beforeEach(async () => {
  parties = await startRelyingParties()
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: 'https://api.test', scopes: { accounts: Read accounts } }
clients:
  - { id: web, redirectUris: ['${redirectUri}'], backchannelLogoutUri: '${parties.address}/web', resources: ['https://api.test'] }
  - { id: shop, redirectUris: ['${redirectUri}'], backchannelLogoutUri: '${parties.address}/shop', resources: ['https://api.test'] }
  - { id: idle, redirectUris: ['${redirectUri}'], backchannelLogoutUri: '${parties.address}/idle', resources: ['https://api.test'] }
  - { id: deaf, redirectUris: ['${redirectUri}'], resources: ['https://api.test'] }
`,
  )
  ada = await house.addPerson('ada', { totp: true })
  visitor = house.visitor()
})
afterEach(async () => {
  await house.close()
  await parties.close()
})

async function signIn(client: string, who: Visitor = visitor): Promise<IssuedTokens> {
  return journey(house, who, ada, { client_id: client })
}

async function logOut(
  answer: 'yes' | 'stay',
  parameters: Record<string, string> = {},
): Promise<void> {
  const confirm = await visitor.get(`/logout?${new URLSearchParams(parameters).toString()}`)
  const fields = formsOf(confirm)[0]?.fields ?? {}
  await visitor.post('/logout/confirm', answer === 'yes' ? { ...fields, logout: 'yes' } : fields)
}

/** §2.6, as a relying party checks it. */
async function verified(token: string, clientId: string): Promise<Record<string, unknown>> {
  const { payload } = await jwtVerify(
    token,
    createRemoteJWKSet(new URL('/jwks.json', house.issuer)),
    {
      issuer: house.issuer,
      audience: clientId,
      typ: 'logout+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub', 'sid'],
    },
  )
  expect(payload).not.toHaveProperty('nonce')
  expect(payload['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
  return payload
}

describe('the clients of a session that ended (OpenID Connect Back-Channel Logout §2.5)', () => {
  it('are told at logout, each with the `sid` of its ID token, and no other client is', async () => {
    const web = await signIn('web')
    const shop = await signIn('shop')
    await signIn('deaf')
    await logOut('yes', { client_id: 'web' })
    const [toWeb = ''] = await parties.until('/web')
    const [toShop = ''] = await parties.until('/shop')
    expect(await verified(toWeb, 'web')).toMatchObject({
      sub: ada.accountId,
      sid: web.idToken['sid'],
    })
    expect(await verified(toShop, 'shop')).toMatchObject({ sid: shop.idToken['sid'] })
    expect(web.idToken['sid']).not.toBe(shop.idToken['sid'])
    expect(parties.told['/idle']).toBeUndefined()
  })

  it('are told at logout of that client alone where the person stays signed in', async () => {
    await signIn('web')
    await signIn('shop')
    await logOut('stay', { client_id: 'web' })
    await parties.until('/web')
    await house.provider.close()
    expect(parties.told['/shop']).toBeUndefined()
  })

  it('are told when the session is ended on the account pages', async () => {
    const other = house.visitor()
    const { idToken } = await signIn('shop', other)
    await signIn('web')
    const { page } = await answerPages(visitor, await visitor.get('/account/sessions'), ada)
    await visitor.press(page, 'End all other sessions')
    const [token = ''] = await parties.until('/shop')
    expect(await verified(token, 'shop')).toMatchObject({ sid: idToken['sid'] })
    expect(parties.told['/web']).toBeUndefined()
  })

  it('are told when every session of an account is ended by its operator', async () => {
    await signIn('web')
    await signIn('shop', house.visitor())
    expect(await house.provider.endSessions(ada.accountId)).toBe(2)
    await parties.until('/web')
    await parties.until('/shop')
    expect(await house.provider.endSessions(ada.accountId)).toBe(0)
    expect((await visitor.get('/account')).page).toBe('login')
  })
})

describe('the clients of an account', () => {
  it.each(['disabled', 'removed'] as const)(
    'that another process %s are told when the provider tidies up',
    async (how) => {
      const eve = await house.addPerson('eve')
      await journey(house, house.visitor(), eve, { client_id: 'shop' })
      await signIn('web')
      if (how === 'disabled') await house.store.accounts.setDisabled(eve.accountId, true)
      else await house.store.accounts.remove(eve.accountId)
      await house.provider.maintain()
      const [token = ''] = await parties.until('/shop')
      expect(await verified(token, 'shop')).toMatchObject({ sub: eve.accountId })
      await house.provider.maintain()
      await house.provider.close()
      expect(parties.told['/shop']).toHaveLength(1)
      expect(parties.told).not.toHaveProperty('/web')
    },
  )
})

describe('telling a client', () => {
  it('has nobody wait for it', async () => {
    const waiting = new Promise<ServerResponse>((resolve) => {
      parties.answers['/web'] = resolve
    })
    await signIn('web')
    // The logout is answered while the relying party still thinks.
    await logOut('yes')
    const response = await waiting
    await house.provider.close({ withinSeconds: 0 })
    expect(response.writableEnded).toBe(false)
    response.end()
  })

  it('is tried again where it could not take it, at the latest when the provider ends', async () => {
    parties.answers['/web'] = (response) => {
      response.writeHead(503).end()
      delete parties.answers['/web']
    }
    await signIn('web')
    await logOut('yes')
    await parties.until('/web')
    await house.provider.close()
    const [first = '', second = ''] = parties.told['/web'] ?? []
    expect(decodeJwt(second)).toMatchObject({ sid: decodeJwt(first)['sid'] })
    expect(decodeJwt(second).jti).not.toBe(decodeJwt(first).jti)
  })

  it('ends with its refusal', async () => {
    parties.answers['/web'] = (response) => void response.writeHead(400).end()
    await signIn('web')
    await logOut('yes')
    await parties.until('/web')
    await house.provider.close()
    expect(parties.told['/web']).toHaveLength(1)
  })

  it('follows no redirect', async () => {
    parties.answers['/web'] = (response) =>
      void response.writeHead(307, { location: '/elsewhere' }).end()
    await signIn('web')
    await logOut('yes')
    await parties.until('/web')
    await house.provider.close()
    expect(parties.told).not.toHaveProperty('/elsewhere')
  })

  it('reads nothing of what it answers', async () => {
    let sent = 0
    const gone = new Promise<void>((resolve) => {
      parties.answers['/web'] = (response) => {
        response.once('close', resolve)
        const pour = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536
          response.once('drain', pour)
        }
        pour()
      }
    })
    await signIn('web')
    await logOut('yes')
    await gone
    // It counts as told, and is not told again.
    await house.provider.close()
    expect(parties.told['/web']).toHaveLength(1)
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('what is said of it', () => {
  it('the metadata offers it with sessions, and no logout by the front channel', async () => {
    const response = await fetch(new URL('/.well-known/openid-configuration', house.issuer))
    const metadata = (await response.json()) as Record<string, unknown>
    expect(metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    })
    expect(metadata).not.toHaveProperty('frontchannel_logout_supported')
  })

  it('ID tokens of clients that are not told carry no `sid`', async () => {
    expect((await signIn('deaf')).idToken).not.toHaveProperty('sid')
  })
})

describe('a session that was logged out', () => {
  it('proves nothing any more', async () => {
    await signIn('web')
    const [session] = await house.store.sessions.forAccount(ada.accountId)
    await logOut('yes')
    expect(await house.store.sessions.read(session?.uid ?? '')).toBeUndefined()
  })
})

describe('a logout that its node could not tell', () => {
  const notice = { id: 'notice', clientId: 'web', sid: 'of-a-dead-node' }

  it('is told by another node when it is due, once, and then forgotten', async () => {
    const now = Math.floor(Date.now() / 1000)
    const kept = { ...notice, accountId: ada.accountId }
    await house.store.logoutNotices.add(kept, now + 60, now + 3600)
    await house.provider.maintain()
    expect(parties.told).toEqual({})
    await house.store.logoutNotices.remove(notice.id)
    await house.store.logoutNotices.add(kept, now, now + 3600)
    await house.provider.maintain()
    const [token = ''] = await parties.until('/web')
    expect(await verified(token, 'web')).toMatchObject({ sub: ada.accountId, sid: notice.sid })
    await expect
      .poll(async () => house.store.logoutNotices.claim(now + 999, now + 999, 9))
      .toEqual([])
    await house.provider.maintain()
    expect(parties.told['/web']).toHaveLength(1)
  })

  it('of a client that is gone, or listens no more, is forgotten', async () => {
    const now = Math.floor(Date.now() / 1000)
    for (const clientId of ['nobody', 'deaf'])
      await house.store.logoutNotices.add({ id: clientId, clientId, accountId: 'x' }, now, now + 9)
    await house.provider.maintain()
    expect(await house.store.logoutNotices.claim(now + 5, now + 5, 9)).toEqual([])
  })

  it('keeps the session where the store cannot keep it', async () => {
    await signIn('web')
    const { logoutNotices } = house.store
    const add = vi.spyOn(logoutNotices, 'add')
    add.mockRejectedValue(new StoreError('store_full', 'the disk is full'))
    const confirm = await visitor.get('/logout')
    const fields = { ...formsOf(confirm)[0]?.fields, logout: 'yes' }
    expect((await visitor.post('/logout/confirm', fields)).status).toBe(503)
    add.mockRestore()
    expect(parties.told).toEqual({})
    await signIn('web')
    await logOut('yes')
    expect(await parties.until('/web')).toHaveLength(1)
  })

  it('is kept from before the session ends until it was delivered', async () => {
    await signIn('web')
    const waiting: ServerResponse[] = []
    parties.answers['/web'] = (response) => waiting.push(response)
    await logOut('yes')
    await parties.until('/web')
    const later = Math.floor(Date.now() / 1000) + 130
    const isKept = async (): Promise<number> =>
      (await house.store.logoutNotices.claim(later, later, 9)).length
    expect(await isKept()).toBe(1)
    waiting[0]?.end()
    await expect.poll(isKept).toBe(0)
  })
})
