import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  Visitor,
  answerPages,
  freePort,
  openTestHouse,
  redeem,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { startPlainUpstream } from './plain-upstream.ts'
import { upstreamSecret } from './scripted-upstream.ts'
import { now, outcome, pass } from './step-up-house.ts'
import { askHere, linkPerson, openUpstreamHouse } from './upstream-house.ts'

holdClock()

const goThere = 'Continue with Example Company'

describe('an upstream that knows step-up: another Newel', () => {
  let house: TestHouse
  let upstream: TestHouse
  let person: TestPerson

  beforeAll(async () => {
    const port = await freePort()
    upstream = await openTestHouse(
      ({ issuer }) => `
issuer: ${issuer}
levels:
  loa1: { accepts: [password], lifetime: 12h }
  loa3: { accepts: [password + totp], lifetime: 1h }
clients:
  - { id: newel, type: confidential, secret: { env: S }, redirectUris: ['http://localhost:${port}/federation/company/callback'], default: loa1, scopes: [openid, email] }
`,
      { clientSecrets: new Map([['newel', upstreamSecret]]) },
    )
    house = await openUpstreamHouse(
      upstream.issuer,
      {
        upstream: ', provision: true',
        levels: `
  basic: { accepts: [federated], lifetime: 12h }
  mfa: { accepts: ['federated:company/mfa'], lifetime: 15m }`,
      },
      port,
    )
    person = await upstream.addPerson('ada', { totp: true })
  })
  afterAll(async () => {
    await house.close()
    await upstream.close()
  })

  it('is asked for what is missing alone, once, and both state one time (behaviour 34)', async () => {
    const [here, there] = [house.visitor(), upstream.visitor()]
    const go = async (page: VisitedPage) => {
      const left = await here.press(page, goThere)
      const answered = await answerPages(there, await there.get(left.url), person)
      return { asked: answered.asked, page: await here.get(answered.page.url) }
    }
    const login = await askHere(house, here)
    const signedIn = await go(login.page)
    expect([outcome(signedIn.page), signedIn.asked]).toEqual(['code', ['login:password']])

    pass(600)
    const stepUp = await askHere(house, here, { acr_values: 'mfa' })
    expect(stepUp.page.method).toBe('federated:company/mfa')
    const raised = await go(stepUp.page)
    expect(raised.asked).toEqual(['step-up:totp'])
    const { idToken } = await redeem(house, 'web', stepUp.attempt, raised.page)
    expect(idToken).toMatchObject({ acr: 'mfa', amr: ['fed'], auth_time: now() })

    pass(30)
    const again = await askHere(house, here, { acr_values: 'mfa', max_age: '0' })
    const once = await go(again.page)
    expect(outcome(once.page)).toBe('code')
    expect(once.asked.length).toBeGreaterThan(0)
    expect((await redeem(house, 'web', again.attempt, once.page)).idToken).toMatchObject({
      acr: 'mfa',
      auth_time: now(),
    })
  })
})

describe('an upstream that knows no step-up: the protocol library as it comes', () => {
  let house: TestHouse
  let upstream: Awaited<ReturnType<typeof startPlainUpstream>>

  beforeAll(async () => {
    const port = await freePort()
    upstream = await startPlainUpstream(`http://localhost:${port}/federation/company/callback`)
    house = await openUpstreamHouse(
      upstream.issuer,
      {
        upstream: ', provision: true, trustEmail: true',
        sections: 'enrolment: { duringStepUp: false }',
      },
      port,
    )
  })
  afterAll(async () => {
    await house.close()
    await upstream.close()
  })

  it('signs people in, with their address from its userinfo endpoint, and meets no level that asks for an `acr`', async () => {
    const [here, there] = [house.visitor(), new Visitor(upstream.issuer)]
    const go = async (page: VisitedPage): Promise<VisitedPage> => {
      const left = await here.press(page, goThere)
      return here.get((await there.get(left.url)).url)
    }
    const { page, attempt } = await askHere(house, here)
    const signedIn = await go(page)
    const { idToken } = await redeem(house, 'web', attempt, signedIn)
    expect(idToken).toMatchObject({ acr: 'basic', amr: ['fed'] })
    const { accounts } = await house.store.accounts.list({ limit: 2 })
    expect(accounts).toMatchObject([{ username: 'ada@plain.example', email: 'ada@plain.example' }])

    const stepUp = await askHere(house, here, { acr_values: 'mfa' })
    expect(stepUp.page.method).toBe('federated:company/mfa')
    expect(outcome(await go(stepUp.page))).toBe('unmet_authentication_requirements')
  })

  it('gives a proof made now where one is asked for, since it obeys `prompt=login`', async () => {
    const [here, there] = [house.visitor(), new Visitor(upstream.issuer)]
    const { page, attempt } = await askHere(house, here, { max_age: '0' })
    const left = await here.press(page, goThere)
    const back = await here.get((await there.get(left.url)).url)
    expect((await redeem(house, 'web', attempt, back)).idToken).toMatchObject({
      acr: 'basic',
      auth_time: now(),
    })
  })
})

describe('an upstream that is asked for a sign-in made now and does not hear it', () => {
  let house: TestHouse
  let upstream: Awaited<ReturnType<typeof startPlainUpstream>>

  beforeAll(async () => {
    const port = await freePort()
    const callback = `http://localhost:${port}/federation/company/callback`
    upstream = await startPlainUpstream(callback, true)
    house = await openUpstreamHouse(
      upstream.issuer,
      { sections: 'enrolment: { duringStepUp: false }' },
      port,
    )
  })
  afterAll(async () => {
    await house.close()
    await upstream.close()
  })

  /** Whoever sat at this browser before is signed in there. */
  async function signedInThere(): Promise<Visitor> {
    const there = new Visitor(upstream.issuer)
    const here = house.visitor()
    const { page } = await askHere(house, here)
    await there.get((await here.press(page, goThere)).url)
    pass(60)
    return there
  }

  it('is linked to no account', async () => {
    const there = await signedInThere()
    const { username, password, accountId } = await house.addPerson('ada')
    const here = house.visitor()
    const account = await here.submit(await here.get('/account'), { username, password })
    const start = await here.press(account, 'Link Example Company')
    const left = await here.press(start, goThere)
    expect(left.url.searchParams.get('prompt')).toBe('login')
    const back = await here.get((await there.get(left.url)).url)
    expect([back.page, back.url.searchParams.get('notice')]).toEqual(['account', 'link_not_fresh'])
    const credentials = await house.store.credentials.forAccount(accountId)
    expect(credentials.map(({ method }) => method)).toEqual(['password'])
  })

  it('meets no step-up for `max_age=0`', async () => {
    const there = await signedInThere()
    const bob = await house.addPerson('bob')
    await linkPerson(house, bob.accountId, upstream.issuer, 'ada')
    const here = house.visitor()
    const { page } = await askHere(house, here)
    const left = await here.press(page, goThere)
    expect(outcome(await here.get((await there.get(left.url)).url))).toBe('code')
    const { page: asked } = await askHere(house, here, { max_age: '0' })
    const choice = await here.press(asked, 'Try another way')
    const leftAgain = await here.press(await here.submit(choice, { method: 'federated' }), goThere)
    expect(leftAgain.url.searchParams.get('max_age')).toBe('0')
    const back = await here.get((await there.get(leftAgain.url)).url)
    expect([back.page, back.method, back.url.searchParams.get('notice')]).toEqual([
      'step-up',
      'password',
      'upstream_insufficient',
    ])
  })
})
