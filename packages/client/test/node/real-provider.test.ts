import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestHouse, TestPerson, Visitor } from '@newel/testing/house'
import {
  createFileParkedCallStore,
  createFileTokenStore,
  createMachineClient,
  createMemoryParkedCallStore,
  createMemoryTokenStore,
} from '../../src/node.ts'
import type { ScriptedApi } from '../scripted-api.ts'
import { byCode, failureOf, machineSecret, nodeClient, openNodeHouse } from './node-house.ts'

let place: { readonly house: TestHouse; readonly api: ScriptedApi }
let ada: TestPerson
let visitor: Visitor
let people = 0

beforeAll(async () => {
  place = await openNodeHouse()
})
afterAll(async () => {
  await place.house.close()
  await place.api.stop()
})
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  people += 1
  ada = await place.house.addPerson(`ada${people}`, { totp: true })
  visitor = place.house.visitor()
  place.api.guards.clear()
  place.api.calls.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

const url = (path: string) => place.api.origin + path

describe.each(['loopback', 'device'] as const)('a command that logs in by %s', (via) => {
  it('steps up when the API asks, and sends the call once more, as it was (RFC 9470 §5)', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const { client, asked } = nodeClient(place, visitor, ada, { via })
    expect(await client.login()).toMatchObject({ subject: ada.accountId, acr: 'basic' })
    vi.setSystemTime(Date.now() + 40_000)
    const response = await client.fetch(url('/pay'), { method: 'POST', body: 'amount=5' })
    expect(response.status).toBe(200)
    expect(asked).toEqual(['login', 'step-up:totp'])
    expect(place.api.calls.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'POST amount=5',
      'POST amount=5',
    ])
    expect(await client.session()).toMatchObject({ acr: 'mfa' })
  })

  it('makes one step-up of ten challenges, and ten retries (behaviour 58)', async () => {
    const { client, asked } = nodeClient(place, visitor, ada, { via })
    await client.login()
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const calls = Array.from({ length: 10 }, () => client.fetch(url('/pay')))
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(asked).toEqual(['login', 'step-up:totp'])
    expect(place.api.calls).toHaveLength(20)
  })

  it.each([
    ['an age of 0', { acr: ['mfa'], maxAge: 0 }],
    ['a level of lifetime 0', { acr: ['transfer'], once: true }],
  ])(
    'asks for a proof for each of ten calls that need %s, one after the other',
    async (_, guard) => {
      const { client, asked } = nodeClient(place, visitor, ada, { via })
      await client.login()
      place.api.guards.set('/pay', guard)
      const calls = Array.from({ length: 10 }, () => client.fetch(url('/pay')))
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(10).fill(200))
      expect(asked.filter((page) => page === 'step-up:totp')).toHaveLength(10)
      expect(place.api.calls).toHaveLength(20)
    },
  )

  it('stops when the API still asks after it (behaviour 59)', async () => {
    place.api.guards.set('/never', { acr: ['mfa'], never: true })
    const { client } = nodeClient(place, visitor, ada, { via })
    await client.login()
    expect(await failureOf(client.fetch(url('/never')))).toMatchObject({
      code: 'step_up_failed',
      achieved: { acr: 'mfa' },
    })
    expect(place.api.calls).toHaveLength(2)
  })

  it('keeps the old session when somebody else answers (behaviour 17)', async () => {
    const { client } = nodeClient(place, visitor, ada, { via })
    await client.login()
    const tokens = createMemoryTokenStore()
    const first = nodeClient(place, visitor, ada, { via, tokens })
    await first.client.login()
    const before = await tokens.read()
    const eve = await place.house.addPerson(`eve${people}${via}`, { totp: true })
    // A browser of somebody else, and a provider that lets them in.
    const other = nodeClient(place, place.house.visitor(), eve, {
      via,
      tokens,
      timeLimitSeconds: 30,
    })
    expect(await failureOf(other.client.stepUp({ acr: 'mfa' }))).toMatchObject({
      code: expect.stringMatching(/different_user|step_up_(cancelled|unmet)/) as string,
    })
    expect(await tokens.read()).toBe(before)
  })

  it('keeps the old tokens when the time is over (behaviour 18)', async () => {
    const tokens = createMemoryTokenStore()
    const { client } = nodeClient(place, visitor, ada, { via, tokens })
    await client.login()
    const before = await tokens.read()
    const idle = nodeClient(place, visitor, ada, {
      via,
      tokens,
      timeLimitSeconds: 20,
      open: () => {},
      show: () => {
        vi.setSystemTime(Date.now() + 21_000)
      },
    })
    expect(await failureOf(idle.client.stepUp({ acr: 'mfa' }))).toMatchObject({
      code: 'step_up_cancelled',
    })
    expect(await tokens.read()).toBe(before)
  })

  it('refreshes when the access token is at its end, with no newer `auth_time` (OIDC Core §12.2)', async () => {
    const { client } = nodeClient(place, visitor, ada, { via })
    const first = await client.login()
    vi.setSystemTime(((first.expiresAt ?? 0) - 1) * 1000)
    expect((await client.fetch(url('/'))).status).toBe(200)
    const later = await client.session()
    expect(later?.authTime).toBe(first.authTime)
    expect(later?.expiresAt).toBeGreaterThan(first.expiresAt ?? Infinity)
  })

  it('has its tokens revoked when it logs out (RFC 7009)', async () => {
    const tokens = createMemoryTokenStore()
    const { client } = nodeClient(place, visitor, ada, { via, tokens })
    await client.login()
    const kept = await tokens.read()
    expect(await client.logout()).toEqual({ revoked: true })
    expect(await client.session()).toBeUndefined()
    await tokens.write(kept)
    vi.setSystemTime(Date.now() + 3_600_000)
    expect(await failureOf(client.fetch(url('/')))).toMatchObject({ code: 'login_required' })
  })
})

describe('calls that want each a proof of their own', () => {
  const proofs = async (answers: readonly boolean[], count: number) => {
    let shown = 0
    const { client } = nodeClient(place, visitor, ada, {
      via: 'device',
      show: async (link) => {
        const proves = shown === 0 || answers[shown - 1] === true
        shown += 1
        vi.setSystemTime(Date.now() + 30_000)
        if (proves) await byCode(visitor, ada, link)
        // Nobody comes.
        else vi.setSystemTime(Date.now() + 600_000)
      },
    })
    await client.login()
    const outcomes = Array.from({ length: count }, () =>
      client.fetch(url('/pay')).then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      ),
    )
    return { outcomes: await Promise.all(outcomes), shown: shown - 1 }
  }

  it('end with the first refusal, and ask no more', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'], maxAge: 0 })
    const cancelled = Array<string>(3).fill('step_up_cancelled')
    expect(await proofs([true, false], 4)).toEqual({ outcomes: [200, ...cancelled], shown: 2 })
  })

  it('leave the proof to the others where the one that asked gives up', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'], maxAge: 0 })
    const abort = new AbortController()
    let shown = 0
    const { client } = nodeClient(place, visitor, ada, {
      via: 'device',
      show: async (link) => {
        shown += 1
        if (shown === 2) abort.abort('gave up')
        vi.setSystemTime(Date.now() + 30_000)
        await byCode(visitor, ada, link)
      },
    })
    await client.login()
    const open = place.api.hold()
    const first = failureOf(client.fetch(url('/pay'), { signal: abort.signal }))
    const second = client.fetch(url('/pay'))
    await expect.poll(() => place.api.calls.length).toBe(2)
    open()
    expect(await first).toBe('gave up')
    expect((await second).status).toBe(200)
    expect(shown).toBe(2)
  })
})

describe('a parked call', () => {
  const key = randomBytes(32)
  const parking = () => ({ store: createMemoryParkedCallStore(), key: randomBytes(32) })

  it('is let through by its link, and sent once by another process, with an idempotency key', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'], maxAge: 300 })
    const folder = await mkdtemp(join(tmpdir(), 'newel-agent-'))
    const shared = () => ({
      tokens: createFileTokenStore({ path: join(folder, 'tokens.json') }),
      parking: { store: createFileParkedCallStore({ folder }), key },
    })
    const agent = nodeClient(place, visitor, ada, shared())
    await agent.client.login()
    const response = await agent.client.attempt(url('/pay'), { method: 'POST', body: 'amount=5' })
    expect(response.status).toBe(401)
    const link = await agent.client.challengeLink(response)
    expect(JSON.parse(JSON.stringify(link))).toEqual(link)
    expect(link).toMatchObject({ api: place.api.origin, method: 'POST' })
    expect(link.asks).toBe(
      `Confirm that it is you: ${place.api.origin} asks for the level mfa, proved at most 5m ago.`,
    )
    await byCode(visitor, ada, link)
    const later = nodeClient(place, visitor, ada, shared()).client
    const results = await Promise.allSettled([later.resume(link.id), agent.client.resume(link.id)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(place.api.calls.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'POST amount=5',
      'POST amount=5',
    ])
    expect(await later.session()).toMatchObject({ acr: 'mfa' })
    expect(await failureOf(later.resume(link.id))).toMatchObject({ code: 'call_unknown' })
    expect(await readdir(folder)).toEqual(['tokens.json'])
    await rm(folder, { recursive: true })
  })

  it('is over when the person turns it down, and the session stays (behaviour 18)', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const { client } = nodeClient(place, visitor, ada, { parking: parking() })
    await client.login()
    const link = await client.challengeLink(await client.attempt(url('/pay')))
    const typed = await visitor.submit(await visitor.get('/device'), { user_code: link.userCode })
    await visitor.press(typed, 'Cancel')
    expect(await failureOf(client.resume(link.id))).toMatchObject({ code: 'step_up_cancelled' })
    expect(await failureOf(client.resume(link.id))).toMatchObject({ code: 'call_unknown' })
    expect(await client.session()).toMatchObject({ acr: 'basic' })
  })

  it('that another person approves is not sent (behaviour 17)', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const { client } = nodeClient(place, visitor, ada, { parking: parking() })
    await client.login()
    const link = await client.challengeLink(await client.attempt(url('/pay')))
    const eve = await place.house.addPerson(`eve-of-${people}`, { totp: true })
    await byCode(place.house.visitor(), eve, link)
    expect(await failureOf(client.resume(link.id))).toMatchObject({
      // The provider refuses them on its page, and the time passes.
      code: 'step_up_cancelled',
    })
    expect(place.api.calls).toHaveLength(1)
    expect(await client.session()).toMatchObject({ subject: ada.accountId, acr: 'basic' })
  })

  it('is refused where its body is larger than may be kept', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const { client } = nodeClient(place, visitor, ada, {
      parking: { ...parking(), bodyLimitBytes: 4 },
    })
    await client.login()
    const response = await client.attempt(url('/pay'), { method: 'POST', body: 'large' })
    expect(await failureOf(client.challengeLink(response))).toMatchObject({ code: 'call_not_kept' })
  })

  it('holds no token in its link, and none in the store', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const tokens = createMemoryTokenStore()
    const lot = parking()
    const { client } = nodeClient(place, visitor, ada, { tokens, parking: lot })
    await client.login()
    const response = await client.attempt(url('/pay'), { method: 'PUT', body: 'secret body' })
    const link = await client.challengeLink(response)
    const kept = `${await lot.store.read(link.id)}${JSON.stringify(link)}`
    const { tokens: held } = JSON.parse((await tokens.read()) ?? '') as {
      tokens: Record<string, string>
    }
    for (const secret of [held.accessToken, held.refreshToken, 'secret body', 'deviceCode']) {
      expect(kept).not.toContain(secret)
    }
  })

  it('stays parked when the wait is aborted, and is over with its time', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const { client } = nodeClient(place, visitor, ada, { parking: parking() })
    await client.login()
    const link = await client.challengeLink(await client.attempt(url('/pay')))
    const ended = new AbortController()
    ended.abort(new Error('enough'))
    expect(await failureOf(client.resume(link.id, { signal: ended.signal }))).toBe(
      ended.signal.reason,
    )
    vi.setSystemTime(link.expiresAt * 1000)
    expect(await failureOf(client.resume(link.id))).toMatchObject({ code: 'call_unknown' })
  })

  it.each([
    ['a lasting proof', {}],
    ['a proof for one call', { maxAge: 0 }],
  ])('whose wait is aborted as %s comes is sent by the next who resumes it', async (_, age) => {
    place.api.guards.set('/pay', { acr: ['mfa'], ...age })
    const { client } = nodeClient(place, visitor, ada, { parking: parking() })
    await client.login()
    const link = await client.challengeLink(await client.attempt(url('/pay')))
    await byCode(visitor, ada, link)
    const ended = new AbortController()
    const fetching = vi.spyOn(globalThis, 'fetch').mockImplementationOnce((input, init) => {
      ended.abort(new Error('enough'))
      fetching.mockRestore()
      return fetch(input, init)
    })
    expect(await failureOf(client.resume(link.id, { signal: ended.signal }))).toBe(
      ended.signal.reason,
    )
    expect(place.api.calls).toHaveLength(1)
    expect((await client.resume(link.id)).status).toBe(200)
  })

  it('cannot be resumed under another key', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const tokens = createMemoryTokenStore()
    const lot = parking()
    const { client } = nodeClient(place, visitor, ada, { tokens, parking: lot })
    await client.login()
    const link = await client.challengeLink(await client.attempt(url('/pay')))
    const other = nodeClient(place, visitor, ada, {
      tokens,
      parking: { store: lot.store, key: randomBytes(32) },
    })
    expect(await failureOf(other.client.resume(link.id))).toMatchObject({ code: 'call_unknown' })
  })
})

describe('a machine', () => {
  it.each([undefined, 'dpop'] as const)(
    'gets another token once where the API takes its own for no good, and no third: binding %s',
    async (binding) => {
      const machine = createMachineClient({
        issuer: place.house.issuer,
        clientId: 'machine',
        authentication: { secret: machineSecret },
        resource: place.api.origin,
        apiOrigins: [place.api.origin],
        ...(binding && { binding }),
      })
      await machine.fetch(url('/'))
      const [scheme, token = ''] = place.api.calls[0]?.authorization?.split(' ') ?? []
      expect(scheme).toBe(binding ? 'DPoP' : 'Bearer')
      place.api.badTokens.add(token)
      const answer = await machine.fetch(url('/pay'), { method: 'POST', body: 'amount=5' })
      expect(answer.status).toBe(200)
      expect(place.api.calls.map(({ body }) => body)).toEqual(['', 'amount=5', 'amount=5'])
      place.api.fixedChallenges.set('/bad', 'Bearer error="invalid_token"')
      expect((await machine.fetch(url('/bad'))).status).toBe(401)
      place.api.fixedChallenges.clear()
      expect(place.api.calls).toHaveLength(5)
    },
  )

  it('gets the refusal of an API that needs a level as it is, and asks nobody (behaviour 41)', async () => {
    place.api.guards.set('/pay', { acr: ['mfa'] })
    const machine = createMachineClient({
      issuer: place.house.issuer,
      clientId: 'machine',
      authentication: { secret: machineSecret },
      resource: place.api.origin,
      scope: 'accounts',
      apiOrigins: [place.api.origin],
    })
    const answers = await Promise.all([machine.fetch(url('/')), machine.fetch(url('/'))])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect((await machine.fetch(url('/pay'))).status).toBe(401)
    expect(place.api.calls).toHaveLength(3)
    expect(new Set(place.api.calls.map(({ authorization }) => authorization)).size).toBe(1)
  })
})
