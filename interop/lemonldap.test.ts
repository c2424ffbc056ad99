import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bff, createBff } from '@newel/client/bff'
import { createResourceServer } from '@newel/resource-server'
import type { ResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fastify'
import { freePort } from '@newel/testing/house'
import { type TestLemonldap, lemonldapMissing, startLemonldap } from './start-lemonldap.ts'

const audience = 'https://api.test'
// Letters and digits: it does not decode what HTTP Basic encodes (RFC 6749 §2.3.1).
const client = { id: 'app', secret: 'aSecretOfThisTest0001', audience }
const origin = 'http://127.0.0.1:4711'

/** Cookies by host, and what the person sees. */
class Person {
  readonly #cookies = new Map<string, string>()
  readonly #bff: Bff

  constructor(bff: Bff) {
    this.#bff = bff
  }

  async app(path: string): Promise<Response> {
    const headers = {
      cookie: this.#cookie(),
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
      referer: `${origin}/details`,
    }
    const answer = await this.#bff.handle(new Request(new URL(path, origin), { headers }))
    if (!answer) throw new Error(`${path} is no route of the backend`)
    this.#keep(answer)
    return answer
  }

  async page(path: string): Promise<Response> {
    const headers = {
      cookie: this.#cookie(),
      accept: 'text/html',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    const answer = await this.#bff.handle(new Request(new URL(path, origin), { headers }))
    if (!answer) throw new Error(`${path} is no route of the backend`)
    this.#keep(answer)
    return answer
  }

  /** From a page of the app to the provider, past its login if it shows one, and back to the app. */
  async visit(start: Response): Promise<string> {
    const address = addressIn(start)
    const asked = await fetch(address, { redirect: 'manual', headers: { cookie: this.#cookie() } })
    this.#keep(asked)
    const answer =
      asked.status === 200
        ? await fetch(address, {
            method: 'POST',
            redirect: 'manual',
            headers: { cookie: this.#cookie() },
            body: new URLSearchParams({
              user: 'dwho',
              password: 'dwho',
              url: /name="url" value="([^"]*)"/.exec(await asked.text())?.[1] ?? '',
            }),
          })
        : asked
    this.#keep(answer)
    const callback = addressIn(answer)
    expect(callback).toMatch(new RegExp(`^${origin}/bff/callback`))
    return addressIn(await this.page(callback))
  }

  #cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0(;|$)/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}

function addressIn(answer: Response): string {
  return answer.headers.get('location') ?? `no address, but ${answer.status}`
}

describe.skipIf(lemonldapMissing() !== undefined)('LemonLDAP::NG, which ignores acr_values', () => {
  let lemonldap: TestLemonldap
  let server: ResourceServer
  let api: FastifyInstance
  let apiOrigin: string
  let bff: Bff
  const sent: string[] = []
  const idTokens: string[] = []

  beforeAll(async () => {
    const redirectUri = `${origin}/bff/callback`
    lemonldap = await startLemonldap(await freePort(), { ...client, redirectUri })
    server = await createResourceServer({
      issuer: lemonldap.issuer,
      audience,
      allowInsecureIssuer: true,
      tokenTypes: ['JWT'],
      order: ['loa-1', 'loa-2', 'loa-3', 'loa-4'],
      // Its ID tokens have the same type, and name the same audience.
      isAccessToken: ({ client_id: clientId }) => clientId !== undefined,
    })
    api = fastify()
    api.addHook('onRequest', async ({ headers }) => void sent.push(headers.authorization ?? ''))
    api.get('/accounts', { preHandler: protect(server.require()) }, async () => 'the accounts')
    const details = protect(server.require({ acr: 'loa-4' }))
    api.get('/details', { preHandler: details }, async () => 'the details')
    apiOrigin = await api.listen({ port: 0, host: '127.0.0.1' })
    bff = createBff({
      issuer: lemonldap.issuer,
      clientId: client.id,
      credential: { secret: client.secret },
      origin,
      apiOrigins: [apiOrigin],
      secrets: ['a secret of this test that is long enough'],
      host: {
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (url.endsWith('/token')) {
            const { id_token: idToken } = (await answer.clone().json()) as { id_token?: string }
            idTokens.push(idToken ?? '')
          }
          return answer
        },
      },
    })
    bff.proxy('/api/*', apiOrigin)
  }, 60_000)
  afterAll(async () => {
    await api?.close()
    await lemonldap?.stop()
  })

  async function loggedIn(): Promise<Person> {
    const person = new Person(bff)
    await person.visit(await person.page('/bff/login'))
    return person
  }

  it('logs in, and its access token is enough for what asks no level', async () => {
    const person = await loggedIn()
    const answer = await person.app('/api/accounts')
    expect([answer.status, await answer.text()]).toEqual([200, 'the accounts'])
  })

  it('answers a step-up with the old level: the client refuses it, and keeps the session', async () => {
    const person = await loggedIn()
    const before = await (await person.app('/bff/session')).json()
    const refused = await person.app('/api/details')
    expect(refused.status).toBe(401)
    const { error, location } = (await refused.json()) as { error: string; location: string }
    expect(error).toBe('step_up_required')
    expect(await person.visit(await person.page(location))).toMatch(/bff_error=step_up_unmet/)
    expect(await (await person.app('/bff/session')).json()).toEqual(before)
    expect((await person.app('/api/accounts')).status).toBe(200)
    expect((await person.app('/api/details')).status).toBe(401)
  })

  it('its token never passes at the API, and its ID token is no access token', async () => {
    await (await loggedIn()).app('/api/details')
    const [token = ''] = sent.slice(-1)
    expect(await server.check({ authorization: token }, { acr: 'loa-2' })).toMatchObject({
      status: 401,
      reason: 'level_missing',
    })
    expect(await server.check({ authorization: token })).toMatchObject({ outcome: 'allowed' })
    const [idToken = ''] = idTokens.slice(-1)
    expect(await server.check({ authorization: `Bearer ${idToken}` })).toMatchObject({
      status: 401,
      reason: 'token_type_refused',
    })
  })
})
