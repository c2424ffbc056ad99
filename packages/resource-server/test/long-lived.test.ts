import { describe, expect, test, vi } from 'vitest'
import type { RequirementDeclaration, VerifiedToken } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fetch'
import { foreignMetadata, reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

/** A stream that was opened with it holds this. */
async function opened(claims: Record<string, unknown>): Promise<VerifiedToken> {
  const outcome = await h.check(await h.issuer.sign({ exp: testTime + 3600, ...claims }))
  if (outcome.outcome !== 'allowed') throw new Error('a good token opens the stream')
  return outcome.token
}

const proved = { acr: 'mfa', auth_time: testTime - 100, scope: 'read' }

describe('a long-lived stream is open until the second', () => {
  test.each<[string, RequirementDeclaration | undefined, number]>([
    ['in which its token is over, with the tolerance of the guard', undefined, 3605],
    ['in which the proof is too old', { acr: 'mfa', maxAge: 600 }, 501],
    [
      'in which a part of all is unmet',
      { allOf: [{ acr: 'mfa', maxAge: 600 }, { maxAge: 300 }] },
      201,
    ],
    ['in which the last of several is unmet', { anyOf: [{ maxAge: 600 }, { maxAge: 300 }] }, 501],
    ['before it, where the requirement is not met', { acr: 'phr' }, -testTime],
    ['before it, where a scope lacks', { scope: 'write' }, -testTime],
  ])('%s', async (_title, requirement, seconds) => {
    const token = await opened(proved)
    expect(await h.api.passesUntil(token, requirement)).toBe(testTime + seconds)
  })

  test('that the guard says: a new call passes until then, and is refused from then on', async () => {
    const text = await h.issuer.sign({ ...proved, exp: testTime + 3600 })
    const requirement = { acr: 'mfa', maxAge: 600 }
    const until = await h.api.passesUntil(await opened(proved), requirement)
    h.now = until - 1
    expect(reason(await h.check(text, requirement))).toBe('allowed')
    h.now = until
    expect(reason(await h.check(text, requirement))).toBe('401 level_expired')
  })

  test('that a lifetime configured here says, where the provider knows none', async () => {
    h.issuer.metadata = foreignMetadata
    const levels = [{ acr: 'mfa', lifetimeSeconds: 300, satisfies: [] }]
    const api = await h.create({ levels })
    const token = await opened(proved)
    expect(await api.passesUntil(token, { acr: 'mfa' })).toBe(testTime + 201)
  })

  test('of a named requirement, and an unknown name is an error', async () => {
    const api = await h.create({ requirements: { pay: { acr: 'mfa', maxAge: 600 } } })
    const token = await opened(proved)
    expect(await api.passesUntil(token, 'pay')).toBe(testTime + 501)
    await expect(api.passesUntil(token, 'pya')).rejects.toMatchObject({
      code: 'invalid_requirement',
    })
  })
})

test('a token of a provider that is none of these opens no stream', async () => {
  const token = await opened(proved)
  expect(await h.api.passesUntil({ ...token, issuer: 'https://other.example' })).toBe(0)
})

test('a stream of server-sent events ends in the second in which its level runs out (CAEP §3.4)', async () => {
  const watched = { acr: 'mfa', maxAge: 600 }
  const handle = protect(h.api.require(watched), async (_request, token) => {
    const until = await h.api.passesUntil(token, watched)
    const events = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('data: hello\n\n'))
        setTimeout(
          () => {
            controller.close()
          },
          until * 1000 - Date.now(),
        )
      },
    })
    return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
  })
  const text = await h.issuer.sign({ ...proved, exp: testTime + 3600 })
  const open = async (): Promise<Response> =>
    handle(new Request('https://api.example/', { headers: { authorization: `Bearer ${text}` } }))
  vi.useFakeTimers({ now: testTime * 1000, toFake: ['Date', 'setTimeout'] })
  try {
    const reader = (await open()).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    let ended = false
    const watch = async (): Promise<void> => {
      ended = (await reader?.read())?.done === true
    }
    const watching = watch()
    await vi.advanceTimersByTimeAsync(500_999)
    expect(ended).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await watching
    expect(ended).toBe(true)
    h.now = Date.now() / 1000
    expect((await open()).status).toBe(401)
  } finally {
    vi.useRealTimers()
  }
})
