import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type RoundRobin,
  type TestPostgres,
  type TestRedis,
  postgresMissing,
  redisMissing,
  startPostgres,
  startRedis,
  startRoundRobin,
} from '@newel/testing'
import {
  type TestHouse,
  type TestMailServer,
  Visitor,
  answerPages,
  confirmAddress,
  freePort,
  openTestHouse,
  redeem,
  requestTokens,
  startMailServer,
  totpCode,
} from '@newel/testing/house'
import { createSealer, openPostgresStore, withRedis } from '../src/index.ts'
import {
  type ScriptedUpstream,
  startScriptedUpstream,
  upstreamSecret,
} from './scripted-upstream.ts'
import { crowdAroundStepUp, unharmed } from './crowd-around-step-up.ts'
import { ask, journey, now, outcome, resource } from './step-up-house.ts'

const registrationToken = 'initial-access-token-of-the-nodes'

const missing = postgresMissing() ?? redisMissing()

describe.skipIf(missing !== undefined)(
  `three nodes behind a balancer without sticky sessions${missing ? ` (${missing})` : ''}`,
  () => {
    let postgres: TestPostgres
    let redis: TestRedis
    let letters: TestMailServer
    let nodes: TestHouse[]
    let balancer: RoundRobin
    let upstream: ScriptedUpstream
    let house: TestHouse

    beforeAll(async () => {
      postgres = await startPostgres()
      redis = await startRedis()
      letters = await startMailServer()
      upstream = await startScriptedUpstream()
      const port = await freePort()
      const issuer = `http://localhost:${port}`
      const url = await postgres.newDatabase()
      const sealer = createSealer(randomBytes(32))
      nodes = await Promise.all(
        ['one', 'two', 'three'].map(async () => {
          const store = await withRedis(await openPostgresStore({ url, sealer }), {
            url: redis.url,
            sealer,
          })
          return openTestHouse(
            ({ redirectUri }) => documentOf(issuer, redirectUri, letters.port, upstream.issuer),
            {
              upstreamSecrets: new Map([['company', upstreamSecret]]),
              store,
              sealer,
              registrationToken,
            },
          )
        }),
      )
      balancer = await startRoundRobin(
        port,
        nodes.map((node) => Number(new URL(node.issuer).port)),
      )
      const [first] = nodes
      if (first === undefined) throw new Error('no node')
      house = { ...first, issuer, visitor: () => new Visitor(issuer) }
    }, 60_000)
    afterAll(async () => {
      balancer.close()
      for (const node of nodes) await node.close()
      await letters.close()
      await upstream.stop()
      await redis.stop()
      await postgres.stop()
    })

    it('carry a login, a step-up, the exchange of the code and a refresh from node to node', async () => {
      const ada = await house.addPerson('ada', { totp: true })
      const visitor = house.visitor()
      const before = [...balancer.served]
      const first = await journey(house, visitor, ada)
      expect(first.accessToken.acr).toBe('basic')
      const second = await journey(house, visitor, ada, { acr_values: 'mfa' })
      expect(second.asked).toEqual(['step-up:totp'])
      expect(second.accessToken.acr).toBe('mfa')
      const refreshed = await requestTokens(house, {
        grant_type: 'refresh_token',
        client_id: 'web',
        refresh_token: String(second.raw.refresh_token),
        resource,
      })
      expect([refreshed.status, refreshed.accessToken.acr]).toEqual([200, 'mfa'])
      expect(balancer.served.every((count, node) => count > (before[node] ?? 0))).toBe(true)
    })

    it('give the same answer straight after a step-up, whoever is asked', async () => {
      const ben = await house.addPerson('ben', { totp: true })
      const visitor = house.visitor()
      await journey(house, visitor, ben, { acr_values: 'mfa' })
      const silent = await Promise.all(
        nodes.map(async () => ask(house, visitor, { acr_values: 'mfa', prompt: 'none' })),
      )
      expect(silent.map(({ page }) => outcome(page))).toEqual(['code', 'code', 'code'])
    })

    it.each([1, 2, 3])(
      'keep a browser signed in that has twenty requests on their way during a step-up (%i)',
      async (round) => {
        const eve = await house.addPerson(`eve${round}`, { totp: true })
        expect(await crowdAroundStepUp(house, eve)).toMatchObject(unharmed)
      },
    )

    it('take up at one node who was sent to an upstream by another, once of twenty times at once', async () => {
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, {})
      const left = await visitor.press(page, 'Continue with Example Company')
      const callback = await upstream.visit(left.url)
      const before = [...balancer.served]
      const all = await Promise.all(Array.from({ length: 20 }, async () => visitor.get(callback)))
      // The others find nobody expected any more; the page says so at the address of the answer.
      const signedIn = all.filter(({ url }) => url.href.startsWith(house.redirectUri))
      expect(signedIn.map(outcome)).toEqual(['code'])
      expect(balancer.served.every((count, node) => count > (before[node] ?? 0))).toBe(true)
    })

    it('redeem a code once of twenty times at once', async () => {
      const cyd = await house.addPerson('cyd')
      const visitor = house.visitor()
      const { page, attempt } = await ask(house, visitor, {})
      const { page: answered } = await answerPages(visitor, page, cyd)
      const all = await Promise.all(
        Array.from({ length: 20 }, async () => redeem(house, 'web', attempt, answered)),
      )
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it('refuse a one-time code that another node accepted', async () => {
      const dee = await house.addPerson('dee', { totp: true })
      const code = totpCode(dee.totpKey, now())
      const pages = await Promise.all(
        ['one', 'two'].map(async () => {
          const visitor = house.visitor()
          const { page } = await ask(house, visitor, { acr_values: 'mfa' })
          const asked = await visitor.submit(page, {
            username: dee.username,
            password: dee.password,
          })
          return { visitor, asked }
        }),
      )
      const ended = await Promise.all(
        pages.map(async ({ visitor, asked }) => visitor.submit(asked, { code })),
      )
      expect(ended.filter((page) => outcome(page) === 'code')).toHaveLength(1)
    })

    it('take a mailed code that another node sent, for one of twenty answers at once', async () => {
      const hal = await house.addPerson('hal')
      const address = 'hal@example.com'
      await confirmAddress(house, hal, address)
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, { acr_values: 'mailed' })
      const { username, password } = hal
      const asked = await visitor.submit(page, { username, password })
      expect(asked.method).toBe('email-code')
      const { mail } = await letters.letterTo(address)
      const code = /\d{4} \d{4}/.exec(mail.text ?? '')?.[0] ?? ''
      const before = [...balancer.served]
      await Promise.all(
        Array.from({ length: 20 }, async () => visitor.submitAndStay(asked, { code })),
      )
      expect(balancer.served.every((count, node) => count > (before[node] ?? 0))).toBe(true)
      const accepted = nodes
        .flatMap(({ events }) => events)
        .filter(
          (event) =>
            event.type === 'proof_accepted' &&
            event.method === 'email-code' &&
            event.accountId === hal.accountId,
        )
      expect(accepted).toHaveLength(1)
    })

    it('carry a device from the node that it asked to the one at which the person answers', async () => {
      const fay = await house.addPerson('fay', { totp: true })
      const visitor = house.visitor()
      const begun = await fetch(new URL('/device_authorization', house.issuer), {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'tv', scope: 'openid', acr_values: 'mfa' }),
      })
      const { device_code: deviceCode = '', user_code: userCode = '' } =
        (await begun.json()) as Record<string, string>
      const typed = await visitor.submit(await visitor.get('/device'), { user_code: userCode })
      const { page: consent } = await answerPages(
        visitor,
        await visitor.press(typed, 'It is my device'),
        fay,
      )
      expect((await visitor.press(consent, 'Continue')).page).toBe('device-ended')
      const polls = await Promise.all(
        Array.from({ length: 6 }, async () =>
          requestTokens(house, {
            grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
            client_id: 'tv',
            device_code: deviceCode,
          }),
        ),
      )
      const given = polls.filter(({ status }) => status === 200)
      expect(given.map(({ idToken }) => idToken.acr)).toEqual(['mfa'])
    })

    it('know a client that registered at another node', async () => {
      const registered = await fetch(new URL('/register', house.issuer), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${registrationToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          redirect_uris: [house.redirectUri],
          token_endpoint_auth_method: 'none',
        }),
      })
      const { client_id: clientId } = (await registered.json()) as { client_id: string }
      const gil = await house.addPerson('gil')
      const visitor = house.visitor()
      const { page, attempt } = await ask(house, visitor, { client_id: clientId, scope: 'openid' })
      const { page: consent } = await answerPages(visitor, page, gil)
      const answered = await visitor.press(consent, 'Continue')
      const tokens = await redeem(house, clientId, attempt, answered)
      expect([tokens.status, tokens.idToken.acr]).toEqual([200, 'basic'])
    })

    it('count wrong answers together', async () => {
      const eve = await house.addPerson('eve')
      const { attempts } = house.document.lockout
      for (let guess = 0; guess < attempts; guess += 1) {
        const visitor = house.visitor()
        const { page } = await ask(house, visitor, {})
        await visitor.submit(page, { username: eve.username, password: 'wrong' })
      }
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, {})
      const right = await visitor.submit(page, { username: eve.username, password: eve.password })
      expect([right.page, right.method]).toEqual(['locked', 'password'])
    })
  },
)

function documentOf(
  issuer: string,
  redirectUri: string,
  mailPort: number,
  upstream: string,
): string {
  return `
issuer: ${issuer}
name: Newel Test
levels:
  basic: { accepts: [password, federated], lifetime: 12h }
  mailed: { accepts: [password + email-code], lifetime: 30m }
  mfa: { accepts: [password + totp], lifetime: 15m, satisfies: [basic] }
mail: { from: id@example.com, smtp: { host: 127.0.0.1, port: ${mailPort}, tls: none } }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, minimum: basic, resources: ['https://api.test'], scopes: [openid, accounts] }
  - { id: second, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], scopes: [openid, accounts] }
  - { id: tv, type: public, deviceFlow: true }
registration: { initialAccessToken: { env: TOKEN }, redirectOrigins: ['${new URL(redirectUri).origin}'], resources: ['https://api.test'] }
upstreams:
  - { id: company, name: Example Company, issuer: '${upstream}', clientId: newel, secret: { env: S }, provision: true, accept: [{ name: any, any: true }] }
`
}
