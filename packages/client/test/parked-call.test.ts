import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BrowserClientOptions, parkedCalls, type ParkedCallsOptions } from '../src/browser.ts'
import { Bank, failureOf, type Tab } from './bank.ts'
import { MemoryDatabase } from './memory-database.ts'

let bank: Bank
let database: MemoryDatabase

beforeEach(async () => {
  bank = await Bank.open()
  database = new MemoryDatabase()
  bank.api.guards.set('/transfers', { acr: ['mfa'] })
})
afterEach(() => bank.close())

function keeping(options: ParkedCallsOptions = {}): Partial<BrowserClientOptions> {
  return { mode: 'redirect', parking: parkedCalls({ database, ...options }) }
}

/** A call is challenged, the page is left and comes back. */
async function interrupted(
  init: RequestInit,
  options = keeping(),
  before?: Tab,
): Promise<{ before: Tab; after: Tab }> {
  const tab = before ?? (await bank.loggedIn(options))
  const after = await bank.cross(
    tab,
    () => void tab.client.fetch(bank.url('/transfers'), init),
    options,
  )
  return { before: tab, after }
}

const form = () => {
  const data = new FormData()
  data.set('amount', '5')
  return data
}

describe('a call that a redirect interrupts', () => {
  it.each([
    ['text', 'amount=5', 'amount=5'],
    ['JSON', '{"amount":5}', '{"amount":5}'],
    ['a form', new URLSearchParams({ amount: '5' }), 'amount=5'],
    ['a form with files', form(), /name="amount"\r\n\r\n5\r\n/],
    ['a Blob', new Blob(['blob']), 'blob'],
    ['nothing', undefined, ''],
  ])('is sent once when the step-up is done, with %s for a body', async (_, body, expected) => {
    const { after } = await interrupted({ method: 'POST', ...(body === undefined ? {} : { body }) })
    expect(await after.client.handleRedirectCallback()).toMatchObject({ outcome: 'completed' })
    const [call, ...more] = await after.client.resumed()
    expect(more).toEqual([])
    expect(call).toMatchObject({ method: 'POST', url: bank.url('/transfers') })
    expect(await call?.response?.text()).toBe('done')
    const [, sent, ...again] = bank.api.calls
    expect(again).toEqual([])
    expect(sent?.method).toBe('POST')
    expect(sent?.body).toMatch(expected)
    expect(sent?.headers['content-type']).toBe(bank.api.calls[0]?.headers['content-type'])
    expect(after.events).toContainEqual({
      type: 'resumed',
      url: bank.url('/transfers'),
      method: 'POST',
      status: 200,
    })
  })

  it('takes along a call that is challenged while it is kept', async () => {
    const options = keeping()
    const tab = await bank.loggedIn(options)
    const call = (body: string) =>
      void tab.client.fetch(bank.url('/transfers'), { method: 'POST', body })
    const set = database.set.bind(database)
    const challenged = () => tab.events.filter(({ type }) => type === 'joined').length
    let late = 0
    database.set = async (key, value) => {
      if (late === 0) {
        late += 1
        call('second')
        await expect.poll(challenged).toBe(1)
      }
      await set(key, value)
    }
    const after = await bank.cross(tab, () => call('first'), options)
    await after.client.handleRedirectCallback()
    const resumed = await after.client.resumed()
    expect(resumed.map(({ response }) => response?.status)).toEqual([200, 200])
    expect(bank.api.calls.slice(2).map(({ body }) => body)).toEqual(['first', 'second'])
    expect(tab.events.at(-1)).toMatchObject({ type: 'redirect', parkedCalls: 2 })
  })

  it('tells the app before the page is left how many are kept', async () => {
    const { before } = await interrupted({ method: 'POST', body: 'x' })
    expect(before.events.at(-1)).toMatchObject({ type: 'redirect', parkedCalls: 1 })
  })

  it('is not kept where its caller has given it up', async () => {
    bank.browser.opensPopups = false
    let agree = () => {}
    const agreed = new Promise<boolean>((resolve) => {
      agree = () => resolve(true)
    })
    const options = {
      ...keeping(),
      mode: 'popup' as const,
      prompt: { when: 'blocked' as const, ask: () => agreed },
    }
    const tab = await bank.loggedIn(options)
    const abort = new AbortController()
    const send = (body: string, signal?: AbortSignal) =>
      tab.client.fetch(bank.url('/transfers'), {
        method: 'POST',
        body,
        ...(signal && { signal }),
      })
    const given = failureOf(send('given up', abort.signal))
    void send('waited for')
    await vi.waitUntil(() => tab.events.some(({ type }) => type === 'joined'))
    abort.abort()
    await given
    const after = await bank.cross(tab, () => agree(), options)
    await after.client.handleRedirectCallback()
    await after.client.resumed()
    expect(bank.api.calls.slice(2).map(({ body }) => body)).toEqual(['waited for'])
  })

  it('goes out with the better token and an idempotency key, and without the old token', async () => {
    const { after } = await interrupted({ method: 'POST', body: 'x' })
    await after.client.handleRedirectCallback()
    await after.client.resumed()
    const [first, second] = bank.api.calls
    expect(second?.authorization).toBeTruthy()
    expect(second?.authorization).not.toBe(first?.authorization)
    expect(second?.headers['idempotency-key']).toMatch(/^[\w-]{43}$/)
  })

  it('keeps the key that the app gave it, and headers that are listed, and no others', async () => {
    const { after } = await interrupted(
      {
        method: 'POST',
        body: 'x',
        headers: { 'Idempotency-Key': 'mine', 'X-Kept': '1', 'X-Dropped': '1' },
      },
      keeping({ headers: ['X-Kept', 'authorization', 'cookie'] }),
    )
    await after.client.handleRedirectCallback()
    await after.client.resumed()
    expect(bank.api.calls[1]?.headers).toMatchObject({ 'idempotency-key': 'mine', 'x-kept': '1' })
    expect(bank.api.calls[1]?.headers).not.toHaveProperty('x-dropped')
  })

  it('is kept sealed with a key that cannot be extracted, and is in no address', async () => {
    const { before } = await interrupted({ method: 'POST', body: 'payee=DE02' })
    const [[, kept] = []] = [...database.kept]
    const { key, calls } = kept as {
      key: CryptoKey
      calls: { head: ArrayBuffer; body: { sealed: ArrayBuffer } }[]
    }
    expect(key.extractable).toBe(false)
    for (const bytes of [calls[0]?.head, calls[0]?.body.sealed]) {
      const text = Buffer.from(bytes ?? new ArrayBuffer()).toString('latin1')
      expect(text).not.toContain('payee')
      expect(text).not.toContain('transfers')
    }
    expect(before.window.navigations.join()).not.toMatch(/payee|transfers/)
    expect([...before.window.stored.values()].join()).not.toMatch(/payee|transfers/)
  })

  it('is used once, and nothing of it is kept afterwards', async () => {
    const { after } = await interrupted({ method: 'POST', body: 'x' })
    await after.client.handleRedirectCallback()
    await after.client.resumed()
    expect(database.kept.size).toBe(0)
    expect(bank.api.calls).toHaveLength(2)
    await after.client.handleRedirectCallback()
    await after.client.resumed()
    expect(bank.api.calls).toHaveLength(2)
  })

  it('is kept for its time and not a second longer', async () => {
    const short = keeping({ timeLimitSeconds: 60 })
    const { after } = await interrupted({ method: 'POST', body: 'x' }, short)
    bank.clock.advance(61)
    expect(await after.client.handleRedirectCallback()).toMatchObject({ outcome: 'completed' })
    expect(await after.client.resumed()).toEqual([])
    expect(bank.api.calls).toHaveLength(1)
    expect(database.kept.size).toBe(0)
  })

  it('opens on no other trip than its own', async () => {
    const { after } = await interrupted({ method: 'POST', body: 'x' })
    const [[name, kept] = ['', undefined]] = [...database.kept]
    bank.api.guards.set('/transfers', { acr: ['phr'] })
    const other = await bank.loggedIn(keeping())
    const elsewhere = await bank.cross(
      other,
      () => void other.client.fetch(bank.url('/transfers'), { method: 'POST', body: 'other' }),
      keeping(),
    )
    const second = [...database.kept.keys()].find((key) => key !== name) ?? ''
    database.kept.set(second, kept)
    await elsewhere.client.handleRedirectCallback()
    expect(await failureOf(elsewhere.client.resumed())).toBeInstanceOf(DOMException)
    await after.client.handleRedirectCallback()
    expect(await after.client.resumed()).toHaveLength(1)
  })

  it('is not sent where the step-up fails, and is forgotten', async () => {
    const before = await bank.loggedIn(keeping())
    bank.provider.authorizationError = 'access_denied'
    const { after } = await interrupted({ method: 'POST', body: 'x' }, keeping(), before)
    expect(await after.client.handleRedirectCallback()).toEqual({ outcome: 'redirecting' })
    expect(await after.client.resumed()).toEqual([])
    expect(database.kept.size).toBe(0)
    expect(bank.api.calls).toHaveLength(1)
  })

  it('is not sent for another person', async () => {
    const before = await bank.loggedIn(keeping())
    bank.provider.person = { sub: 'mallory', acr: 'phr', authTime: bank.clock.now }
    const { after } = await interrupted({ method: 'POST', body: 'x' }, keeping(), before)
    await after.client.handleRedirectCallback()
    expect(bank.api.calls).toHaveLength(1)
    expect(database.kept.size).toBe(0)
  })

  it('still challenged afterwards is `step_up_failed`, and never loops', async () => {
    bank.api.guards.set('/transfers', { acr: ['mfa'], never: true })
    const { after } = await interrupted({ method: 'POST', body: 'x' })
    await after.client.handleRedirectCallback()
    expect(await after.client.resumed()).toMatchObject([{ error: { code: 'step_up_failed' } }])
    expect(bank.api.calls).toHaveLength(2)
  })

  it('is not sent to an API that the client has lost trust in since', async () => {
    const before = await bank.loggedIn(keeping())
    const { after } = await interrupted({ method: 'POST', body: 'x' }, keeping(), before)
    const changed = bank.tab({ ...keeping(), apiOrigins: ['https://other.example'] }, after.window)
    await changed.client.handleRedirectCallback()
    expect(await changed.client.resumed()).toEqual([])
    expect(bank.api.calls).toHaveLength(1)
  })

  it('that waited for the same step-up is kept with it', async () => {
    const options = keeping()
    const tab = await bank.loggedIn(options)
    const open = bank.api.hold()
    const after = await bank.cross(
      tab,
      () => {
        for (const body of ['one', 'two']) {
          void tab.client.fetch(bank.url('/transfers'), { method: 'POST', body })
        }
        open()
      },
      options,
    )
    await after.client.handleRedirectCallback()
    const resumed = await after.client.resumed()
    expect(resumed.map(({ response }) => response?.status)).toEqual(resumed.map(() => 200))
    expect(resumed.length).toBeGreaterThanOrEqual(1)
  })
})

describe('a call that cannot be kept', () => {
  it.each([
    ['has too large a body', 'y'.repeat(11), false],
    ['finds a browser that keeps nothing', 'x', true],
  ])('because it %s is `call_not_kept` before the page is left', async (_, body, broken) => {
    const tab = await bank.loggedIn(keeping({ largestBodyBytes: 10 }))
    const { length } = tab.window.navigations
    database.broken = broken
    expect(
      await failureOf(tab.client.fetch(bank.url('/transfers'), { method: 'POST', body })),
    ).toMatchObject({ code: 'call_not_kept', required: { acrValues: ['mfa'] } })
    expect(tab.window.navigations).toHaveLength(length)
    expect(tab.client.session?.acr).toBe('basic')
  })

  it('because its body is a stream is `body_not_replayable` before the page is left', async () => {
    const tab = await bank.loggedIn(keeping())
    const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' }
    const { length } = tab.window.navigations
    expect(await failureOf(tab.client.fetch(bank.url('/transfers'), init))).toMatchObject({
      code: 'body_not_replayable',
    })
    expect(tab.window.navigations).toHaveLength(length)
  })
})

describe('kept calls', () => {
  it('are forgotten when the person comes back by the Back button', async () => {
    const tab = await bank.loggedIn(keeping())
    const left = tab.window.left()
    const call = failureOf(tab.client.fetch(bank.url('/transfers'), { method: 'POST', body: 'x' }))
    await left
    tab.window.comeBack()
    expect(await call).toMatchObject({ code: 'step_up_cancelled' })
    expect(database.kept.size).toBe(0)
  })

  it('are forgotten at logout', async () => {
    const { before } = await interrupted({ method: 'POST', body: 'x' })
    await before.client.logout({ local: true })
    expect(database.kept.size).toBe(0)
  })
})
