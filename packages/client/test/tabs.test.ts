import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completePopup, sharedTabs, type TabLocks } from '../src/browser.ts'
import { appOrigin, Bank, failureOf, type Tab } from './bank.ts'
import { FakeWindow } from './fake-browser.ts'

let bank: Bank
let locks: TestLocks
const sharing = () => ({ tabs: sharedTabs({ locks }) })

/** Web Locks of one browser: first come, first served; who shares waits for who does not. */
class TestLocks implements TabLocks {
  readonly #tails = new Map<string, Promise<void>>()

  request(name: string, _: object, work: () => Promise<void>): Promise<void> {
    const mine = (this.#tails.get(name) ?? Promise.resolve()).then(work)
    this.#tails.set(
      name,
      mine.catch(() => {}),
    )
    return mine
  }
}

beforeEach(async () => {
  bank = await Bank.open()
  locks = new TestLocks()
})
afterEach(() => bank.close())

const refreshes = () =>
  bank.provider.tokenRequests.filter((body) => body.get('grant_type') === 'refresh_token')
const stepUps = () =>
  bank.provider.authorizationRequests.filter((request) => request.has('acr_values')).length

async function twoTabs(): Promise<[Tab, Tab]> {
  return [await bank.loggedIn(sharing()), await bank.loggedIn(sharing())]
}

/** Let what is under way go on, and time with it, so that locks are passed on; too slowly for a request's time to run out. */
async function settle<Result>(work: Promise<Result>): Promise<Result> {
  const progress = { done: false }
  const finished = work.finally(() => {
    progress.done = true
  })
  while (!progress.done) {
    await turn()
    bank.clock.advance(0.001)
  }
  return finished
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function answerPopup(index = 0): Promise<void> {
  const url = await bank.browser.popups[index]?.navigated
  const response = await fetch(url ?? '', { redirect: 'manual' })
  completePopup(new FakeWindow(bank.browser, response.headers.get('location') ?? ''))
}

describe('tabs that work as one', () => {
  it('step up once: the call of the other tab waits, and goes on with what it gives', async () => {
    const [one, two] = await twoTabs()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.browser.holdsVisits = true
    const first = one.client.stepUp({ acr: 'mfa' })
    await bank.browser.popups[0]?.navigated
    const second = two.client.fetch(bank.url('/details'))
    while (!two.events.some(({ type }) => type === 'joined')) await turn()
    await answerPopup()
    expect((await first).acr).toBe('mfa')
    expect((await settle(second)).status).toBe(200)
    expect(two.client.session?.acr).toBe('mfa')
    expect(bank.browser.popups).toHaveLength(1)
    expect(stepUps()).toBe(1)
    expect(two.events).toContainEqual({
      type: 'joined',
      requirement: { acrValues: ['mfa'] },
      elsewhere: true,
    })
    expect(two.events).toContainEqual(expect.objectContaining({ type: 'tokens', cause: 'shared' }))
  })

  it('end alike where the one step-up fails: each with the code, each with its login', async () => {
    const [one, two] = await twoTabs()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.browser.holdsVisits = true
    const first = failureOf(one.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    const second = failureOf(two.client.fetch(bank.url('/details')))
    while (!two.events.some(({ type }) => type === 'joined')) await turn()
    bank.browser.popups[0]?.close()
    bank.clock.advance(2)
    expect(await first).toMatchObject({ code: 'step_up_cancelled' })
    expect(await settle(second)).toMatchObject({
      code: 'step_up_cancelled',
      required: { acrValues: ['mfa'] },
    })
    for (const { client } of [one, two]) expect(client.session?.acr).toBe('basic')
  })

  it('do not wait for a step-up that would not serve them', async () => {
    const [one, two] = await twoTabs()
    bank.browser.holdsVisits = true
    void failureOf(one.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    void failureOf(two.client.stepUp({ acr: 'phr' }))
    expect(bank.browser.popups).toHaveLength(2)
  })

  it('each prove for themselves what is for one use', async () => {
    const [one, two] = await twoTabs()
    bank.browser.holdsVisits = true
    void failureOf(one.client.stepUp({ acr: 'mfa', maxAge: 0 }))
    await bank.browser.popups[0]?.navigated
    void failureOf(two.client.stepUp({ acr: 'mfa', maxAge: 0 }))
    expect(bank.browser.popups).toHaveLength(2)
  })

  it('keep to themselves a token that says it is for one use, whatever the ID token says', async () => {
    const [one, two] = await twoTabs()
    bank.provider.accessTokenOverrides = { newel_one_shot: true }
    expect((await one.client.stepUp({ acr: 'mfa', maxAge: 0 })).acr).toBe('mfa')
    bank.provider.accessTokenOverrides = {}
    await one.client.stepUp({ acr: 'phr' })
    while (two.client.session?.acr !== 'phr') await turn()
    const shared = two.events.filter((event) => event.type === 'tokens' && event.cause === 'shared')
    expect(shared).toHaveLength(1)
  })

  it('refresh once for all', async () => {
    const [one, two] = await twoTabs()
    bank.clock.advance(296)
    const calls = [one, two].map(({ client }) => client.fetch(bank.url('/open')))
    expect((await settle(Promise.all(calls))).every(({ ok }) => ok)).toBe(true)
    expect(refreshes()).toHaveLength(1)
    const [first, second] = bank.api.calls.map(({ authorization }) => authorization)
    expect(first).toBe(second)
  })

  it('keep each its own refresh token, used by one tab only', async () => {
    const [one, two] = await twoTabs()
    for (const { client } of [one, two, one]) {
      bank.clock.advance(296)
      await settle(client.fetch(bank.url('/open')))
    }
    const used = refreshes().map((body) => body.get('refresh_token'))
    expect(new Set(used).size).toBe(3)
    const sent: unknown[] = []
    for (const name of bank.browser.channels.keys()) {
      if (!name.startsWith('newel:tabs')) continue
      const other = new FakeWindow(bank.browser, appOrigin).openChannel(name)
      other.addEventListener('message', ({ data }) => sent.push(data))
    }
    bank.clock.advance(296)
    await settle(one.client.fetch(bank.url('/open')))
    expect(JSON.stringify(sent)).toContain('accessToken')
    expect(JSON.stringify(sent)).not.toMatch(/refreshToken|rt-/)
  })

  it('do not take over a lower level than they have', async () => {
    const [one, two] = await twoTabs()
    await settle(two.client.stepUp({ acr: 'phr' }))
    const third = await bank.loggedIn(sharing())
    bank.provider.refreshedAcr = 'basic'
    bank.clock.advance(200)
    await third.client.stepUp({ maxAge: 1 })
    expect(two.client.session?.acr).toBe('phr')
    expect(one.client.session?.subject).toBe('alice')
  })

  it('do not take over tokens of another person', async () => {
    const [one] = await twoTabs()
    bank.provider.person = { sub: 'bob', acr: 'phr', authTime: bank.clock.now }
    const other = await bank.loggedIn(sharing())
    expect(other.client.session?.subject).toBe('bob')
    expect(one.client.session?.subject).toBe('alice')
    await other.client.logout()
    expect(one.client.session?.subject).toBe('alice')
  })

  it('log out everywhere; a tab that forgets for itself alone is left alone', async () => {
    const [one, two] = await twoTabs()
    await one.client.logout({ local: true })
    expect(two.client.session).toBeDefined()
    await two.client.restore()
    const three = await bank.loggedIn(sharing())
    await three.client.logout()
    expect(two.client.session).toBeUndefined()
    expect(two.events).toContainEqual({ type: 'session_ended', reason: 'logout_elsewhere' })
  })

  it('hear of a step-up that began before they opened', async () => {
    const one = await bank.loggedIn(sharing())
    bank.browser.holdsVisits = true
    const first = one.client.stepUp({ acr: 'mfa' })
    await bank.browser.popups[0]?.navigated
    bank.browser.holdsVisits = false
    const late = await bank.loggedIn(sharing())
    const second = late.client.stepUp({ acr: 'mfa' })
    expect(bank.browser.popups).toHaveLength(1)
    await answerPopup()
    expect((await first).acr).toBe('mfa')
    expect((await settle(second)).acr).toBe('mfa')
  })

  it('ask for themselves where the caller of the tab that asked has given up', async () => {
    const [one, two] = await twoTabs()
    bank.browser.holdsVisits = true
    const abort = new AbortController()
    const first = failureOf(one.client.stepUp({ acr: 'mfa' }, { signal: abort.signal }))
    await bank.browser.popups[0]?.navigated
    const second = two.client.stepUp({ acr: 'mfa' })
    await turn()
    expect(two.events).toContainEqual(expect.objectContaining({ type: 'joined', elsewhere: true }))
    bank.browser.holdsVisits = false
    abort.abort()
    expect(await first).toMatchObject({ name: 'AbortError' })
    expect((await settle(second)).acr).toBe('mfa')
  })

  it('ask for themselves where the tab that asked is gone', async () => {
    const [one, two] = await twoTabs()
    bank.browser.holdsVisits = true
    const first = failureOf(one.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    const second = two.client.stepUp({ acr: 'mfa' })
    // The tab says nothing any more; the browser releases its lock.
    bank.browser.losesChannelMessages = true
    bank.browser.popups[0]?.close()
    bank.clock.advance(2)
    await first
    bank.browser.holdsVisits = false
    expect((await settle(second)).acr).toBe('mfa')
    expect(bank.browser.popups).toHaveLength(2)
  })

  it('share tokens and ask each for itself where the browser has no locks', async () => {
    const alone = { tabs: sharedTabs({ locks: undefined }) }
    const [one, two] = [await bank.loggedIn(alone), await bank.loggedIn(alone)]
    bank.browser.holdsVisits = true
    const first = one.client.stepUp({ acr: 'mfa' })
    const second = two.client.stepUp({ acr: 'mfa' })
    expect(bank.browser.popups).toHaveLength(2)
    await answerPopup(1)
    expect((await second).acr).toBe('mfa')
    await answerPopup(0)
    expect((await first).acr).toBe('mfa')
    bank.clock.advance(296)
    expect((await one.client.fetch(bank.url('/open'))).status).toBe(200)
  })
})
