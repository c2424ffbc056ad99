import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  answerPages,
  formsOf,
} from '@newel/testing/house'
import { type PeopleHouse, openPeopleHouse } from './people-house.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { ask, now, outcome } from './step-up-house.ts'
import { askHere, linkPerson, openUpstreamHouse } from './upstream-house.ts'

/** What people may send where they sign up, come back after a loss, or arrive from another provider. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '__proto__',
    'a@b',
    'ada@example.com',
    'ada\r\nBcc: eve@evil.test',
  ),
  fc.constantFrom('<script>', '١٢٣٤٥٦٧٨', '00000000', 'constructor', '../x', '%00'),
  fc.integer({ min: 1, max: 20_000 }).map((length) => 'a'.repeat(length)),
)
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value))

const fields = fc.dictionary(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...names()) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  ),
  fc.oneof(text, json),
  { maxKeys: 5 },
)

function names(): readonly string[] {
  return ['email', 'code', 'username', 'first', 'password', 'webauthn_response', 'again', 'answer']
}

/** The form of a page with its own token, and whatever else. */
function filled(
  page: VisitedPage,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...formsOf(page)[0]?.fields, ...more }
}

describe('where people come in', () => {
  let house: PeopleHouse
  let ada: TestPerson

  beforeAll(async () => {
    house = await openPeopleHouse()
    ada = await house.addReachable('ada', { totp: true })
  })
  afterAll(async () => house.close())

  async function everything(): Promise<unknown> {
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    return {
      account: await house.store.accounts.byId(ada.accountId),
      credentials: credentials.map(({ lastUsedAt: _used, ...kept }) => kept),
      made: house.events.filter(({ type }) => type === 'account_created').length,
      recovery: await house.store.recoveries.read(ada.accountId, now()),
    }
  }

  it.each(['/sign-up', '/reset'])(
    'no content of %s is a failure, makes an account or changes one',
    async (path) => {
      const before = await everything()
      const property = fc.asyncProperty(fc.array(fields, { maxLength: 3 }), async (answers) => {
        const visitor = house.visitor()
        const { page } = await ask(house, visitor, {})
        const address = page.url.pathname + path
        let shown = await visitor.get(address)
        for (const each of answers) {
          shown = await visitor.post(address, filled(shown, each))
          expect(shown.status).toBeLessThan(500)
          expect(outcome(shown)).not.toBe('code')
        }
      })
      await fc.assert(property, fuzzed(60))
      expect(await everything()).toEqual(before)
    },
    600_000,
  )

  it('no content of the pages for a lost authenticator takes one away', async () => {
    const visitor = house.visitor()
    await answerPages(visitor, await visitor.get('/account'), ada)
    const before = await everything()
    const property = fc.asyncProperty(
      fc.constantFrom('', '/send', '/code', '/stop', '/finish'),
      fields,
      async (path, more) => {
        const shown = await visitor.get('/account/lost')
        const answer = await visitor.post(`/account/lost${path}`, filled(shown, more))
        expect(answer.status).toBeLessThan(500)
      },
    )
    await fc.assert(property, fuzzed(80))
    expect(await everything()).toEqual(before)
  }, 600_000)
})

describe('what comes back from an upstream provider', () => {
  let upstream: ScriptedUpstream
  let house: TestHouse
  let ada: TestPerson

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    house = await openUpstreamHouse(upstream.issuer)
    ada = await house.addPerson('ada', { totp: true })
    await linkPerson(house, ada.accountId, upstream.issuer)
  })
  afterAll(async () => {
    await house.close()
    await upstream.stop()
  })

  const callback = fc.dictionary(
    fc.constantFrom('code', 'state', 'iss', 'error', 'error_description', 'session_state', 'x'),
    fc.oneof(text, json),
    { maxKeys: 4 },
  )

  it('is of any content an answer that signs nobody in', async () => {
    const property = fc.asyncProperty(callback, fc.boolean(), async (parameters, begun) => {
      const visitor = house.visitor()
      const { page } = await askHere(house, visitor)
      if (begun) await visitor.get(`${page.url.pathname}/upstream/company`)
      const query = new URLSearchParams(parameters)
      fc.pre(String(query).length < 12_000)
      const answer = await visitor.get(`/federation/company/callback?${query}`)
      expect(answer.status).toBeLessThan(500)
      expect(outcome(answer)).not.toBe('code')
    })
    await fc.assert(property, fuzzed(60))
  }, 600_000)

  it('states claims of any type, and reaches no level by them', async () => {
    const claim = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('loa4', 1e20, -1))
    const claims = fc.record(
      { acr: claim, amr: claim, auth_time: claim, email: claim, name: claim, sid: claim },
      { requiredKeys: [] },
    )
    const property = fc.asyncProperty(claims, async (stated) => {
      fc.pre(stated.acr !== 'loa3')
      upstream.answer = { claims: stated }
      const visitor = house.visitor()
      const { page } = await askHere(house, visitor, { acr_values: 'mfa' })
      const back = await upstream.through(visitor, page)
      expect(back.status).toBeLessThan(500)
      expect(outcome(back)).not.toBe('code')
    })
    await fc.assert(property, fuzzed(60))
    upstream.answer = {}
  }, 600_000)
})
