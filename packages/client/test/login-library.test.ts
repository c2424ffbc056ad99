import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLibraryFetch, type LibraryFetch } from '../src/login-library/create-library-fetch.ts'
import type {
  LibraryRequest,
  LibraryTokens,
  LoginLibrary,
  StepUpTransaction,
} from '../src/login-library/login-library.ts'
import type { CallParkingFactory } from '../src/browser/call-parking.ts'
import { parkedCalls } from '../src/browser/parked-calls.ts'
import { failureOf } from './bank.ts'
import { MemoryDatabase } from './memory-database.ts'
import { ScriptedApi } from './scripted-api.ts'

const now = 1_800_000_000
const issuer = 'https://id.example'

type Claims = Readonly<Record<string, unknown>>

function jwt(claims: Claims): string {
  return ['{}', JSON.stringify(claims), 's']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
}

function tokensOf(claims: Claims): LibraryTokens {
  return {
    accessToken: jwt({ exp: now + 300, ...claims }),
    idToken: jwt({ iss: issuer, sub: 'alice', iat: now, ...claims }),
  }
}

const login: Claims = { acr: 'basic', auth_time: now - 60 }

/** A library whose provider answers what the test says, when the test says. */
class ScriptedLibrary implements LoginLibrary {
  held: LibraryTokens | undefined = tokensOf(login)
  answer: Claims = { acr: 'mfa', auth_time: now }
  /** Come before `answer`, each once. */
  readonly answers: Claims[] = []
  readonly requests: LibraryRequest[] = []
  readonly rejected: (LibraryTokens | undefined)[] = []
  readonly left: StepUpTransaction[] = []
  declare prove?: NonNullable<LoginLibrary['prove']>
  #gate: Promise<void> | undefined

  /** Hold every answer until the returned function is called. */
  hold(): () => void {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  async tokens(): Promise<LibraryTokens | undefined> {
    return this.held
  }

  async byPopup(request: LibraryRequest): Promise<LibraryTokens> {
    this.requests.push(request)
    const aborted = new Promise<never>((_, reject) => {
      request.signal.addEventListener('abort', () => reject(new Error('Popup closed')))
    })
    await Promise.race([this.#gate, aborted])
    return tokensOf(this.answers.shift() ?? this.answer)
  }

  async byRedirect(request: LibraryRequest, transaction: StepUpTransaction): Promise<void> {
    this.requests.push(request)
    this.left.push(transaction)
  }

  async accept(tokens: LibraryTokens): Promise<void> {
    this.held = tokens
  }

  async reject(before: LibraryTokens | undefined): Promise<void> {
    this.rejected.push(before)
  }

  failureOf() {
    return { kind: 'unknown' } as const
  }
}

let api: ScriptedApi
let other: ScriptedApi
let library: ScriptedLibrary
let app: LibraryFetch
let metadata: unknown
let time: number
let metadataRequests: number

beforeEach(async () => {
  ;[api, other] = await Promise.all([ScriptedApi.start(), ScriptedApi.start()])
  library = new ScriptedLibrary()
  metadata = undefined
  time = now
  metadataRequests = 0
  app = appOf('popup')
})
afterEach(async () => {
  await Promise.all([api.stop(), other.stop()])
})

function appOf(mode: 'popup' | 'redirect', parking?: CallParkingFactory): LibraryFetch {
  return createLibraryFetch(
    library,
    {
      apiOrigins: [api.origin],
      now: () => time,
      ...(parking && { parking }),
      fetch: async (input, init) => {
        const address = input instanceof Request ? input.url : input
        if (!address.toString().startsWith(issuer)) return fetch(input, init)
        metadataRequests += 1
        return Response.json(metadata)
      },
    },
    mode,
  )
}

const call = async (path: string, init?: RequestInit) => app.fetch(api.origin + path, init)

describe('whom a wrapped library hears', () => {
  it('another origin gets no token, and its challenge starts nothing (RFC 9470 §9)', async () => {
    other.guards.set('/x', { acr: ['mfa'] })
    expect((await app.fetch(`${other.origin}/x`)).status).toBe(401)
    expect(other.calls[0]?.authorization).toBeUndefined()
    expect(library.requests).toEqual([])
  })

  it('a redirect to another origin brings no challenge of that origin', async () => {
    api.redirects.set('/moved', `${other.origin}/x`)
    other.guards.set('/x', { acr: ['mfa'] })
    expect((await call('/moved')).status).toBe(401)
    expect(library.requests).toEqual([])
  })

  it('a call with an `Authorization` of its own is left to its caller', async () => {
    api.guards.set('/x', { acr: ['mfa'] })
    expect((await call('/x', { headers: { authorization: 'Bearer own' } })).status).toBe(401)
    expect(api.calls.map(({ authorization }) => authorization)).toEqual(['Bearer own'])
  })

  it.each([
    ['a token error', 'Bearer error="invalid_token", acr_values="mfa"'],
    ['a lack of scope', 'Bearer error="insufficient_scope", acr_values="mfa"'],
    ['another scheme', 'DPoP error="insufficient_user_authentication", acr_values="mfa"'],
    ['no challenge', ''],
  ])("%s is the caller's to see", async (_, header) => {
    api.fixedChallenges.set('/x', header)
    expect((await call('/x')).status).toBe(401)
    expect(library.requests).toEqual([])
  })

  it('an origin that is none ends in `configuration`', () => {
    const options = { apiOrigins: ['https://api.example/path'] }
    expect(() => createLibraryFetch(library, options, 'popup')).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    )
  })
})

describe('a challenged call', () => {
  it('asks for exactly the challenge, and is sent once more as it was', async () => {
    api.guards.set('/x', { acr: ['mfa', 'phr'], maxAge: 60, scope: 'payments' })
    expect((await call('/x', { method: 'PUT', body: 'y' })).status).toBe(200)
    expect(library.requests).toMatchObject([
      { acrValues: 'mfa phr', maxAgeSeconds: 60, scope: 'payments' },
    ])
    expect(api.calls.map(({ method, body }) => method + body)).toEqual(['PUTy', 'PUTy'])
    expect(library.held).toEqual(tokensOf(library.answer))
  })

  it('of nobody ends in `login_required`', async () => {
    library.held = undefined
    api.guards.set('/x', { acr: ['mfa'] })
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'login_required' })
  })

  it('whose body was a stream ends in `body_not_replayable`', async () => {
    api.guards.set('/x', { acr: ['mfa'] })
    const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' }
    expect(await failureOf(call('/x', init))).toMatchObject({ code: 'body_not_replayable' })
    expect(library.requests).toEqual([])
  })

  it('that is challenged again ends in `step_up_failed` after two sendings', async () => {
    api.guards.set('/x', { acr: ['mfa'], never: true })
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_failed' })
    expect(api.calls).toHaveLength(2)
  })

  it('that comes late is served by the tokens that came since', async () => {
    api.guards.set('/x', { acr: ['mfa'] })
    const release = api.hold()
    const late = call('/x')
    await expect.poll(() => api.calls.length).toBe(1)
    library.held = tokensOf(library.answer)
    release()
    expect((await late).status).toBe(200)
    expect(library.requests).toEqual([])
  })
})

describe('an answer of the provider', () => {
  beforeEach(() => {
    api.fixedChallenges.set(
      '/x',
      'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"',
    )
  })

  it.each([
    ['of another person', { sub: 'mallory' }, 'different_user'],
    ['of another provider', { iss: 'https://evil.example' }, 'response_invalid'],
    ['without a provider', { iss: undefined }, 'response_invalid'],
    ['without a time of issue', { iat: undefined }, 'response_invalid'],
    ['with a level of another kind', { acr: 7 }, 'response_invalid'],
    ['with the level of before', { acr: 'basic' }, 'step_up_unmet'],
    ['without a level', { acr: undefined }, 'step_up_unmet'],
    ['with a proof that is too old', { auth_time: now - 66 }, 'step_up_unmet'],
    ['without a time of proof', { auth_time: undefined }, 'step_up_unmet'],
    ['with a proof of tomorrow', { auth_time: now + 86_400 }, 'step_up_unmet'],
  ])('%s is dropped, and what was held is back', async (_, difference, code) => {
    const before = library.held
    library.answer = { ...library.answer, ...difference }
    expect(await failureOf(call('/x'))).toMatchObject({ code })
    expect(api.calls).toHaveLength(1)
    expect(library.rejected).toEqual([before])
    expect(library.held).toBe(before)
  })

  it('is judged by the clock of the provider, whatever the one of the machine says', async () => {
    const hour = 3600
    library.answer = { acr: 'mfa', iat: now + hour, auth_time: now + hour - 59 }
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_failed' })
    library.answer = { acr: 'mfa', iat: now + hour, auth_time: now + hour - 66 }
    library.held = tokensOf(login)
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_unmet' })
  })

  describe('with a level that was not asked', () => {
    const levels = (of: string) => ({
      issuer: of,
      newel_levels: [
        { acr: 'phr', lifetime: 300, satisfies: ['mfa'] },
        { acr: 'mfa', lifetime: 900, satisfies: [] },
      ],
    })
    beforeEach(() => {
      library.answer = { acr: 'phr', auth_time: now }
    })

    it('is good where the provider says that it satisfies one', async () => {
      metadata = levels(issuer)
      expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_failed' })
      expect(api.calls).toHaveLength(2)
    })

    it.each([
      ['where it says nothing', {}],
      ['by the word of another', levels('https://evil.example')],
      ['where its word cannot be read', 'none'],
    ])('is not good %s', async (_, said) => {
      metadata = said
      expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_unmet' })
    })

    it('is looked up only then', async () => {
      library.answer = { acr: 'mfa', auth_time: now - 66 }
      expect(await failureOf(call('/x'))).toMatchObject({ code: 'step_up_unmet' })
      expect(metadataRequests).toBe(0)
    })
  })
})

describe('step-ups that are wanted together', () => {
  it('are one where an answer to the first serves the others', async () => {
    const release = library.hold()
    const all = Promise.all([
      app.stepUp({ acr: 'mfa', maxAge: 60 }),
      app.stepUp({ acr: ['mfa', 'phr'] }),
      app.stepUp({ maxAge: 600 }),
    ])
    release()
    await all
    expect(library.requests).toHaveLength(1)
  })

  it.each([
    ['well', 'mfa', 'done'],
    ['badly', 'basic', 'step_up_unmet'],
  ])('come one after the other where it does not, and the first ends %s', async (_, acr, end) => {
    const release = library.hold()
    library.answers.push({ acr, auth_time: now }, { acr: 'phr', auth_time: now })
    const first = app.stepUp({ acr: 'mfa' }).then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
    const second = app.stepUp({ acr: 'phr' })
    release()
    expect(await first).toBe(end)
    await second
    expect(library.requests.map(({ acrValues }) => acrValues)).toEqual(['mfa', 'phr'])
  })

  it('are one for each call that wants a proof of its own, one after the other', async () => {
    api.guards.set('/pay', { acr: ['mfa'], maxAge: 0 })
    const release = library.hold()
    const open = api.hold()
    // Each proof comes as a token of its own.
    library.answers.push(...[1, 2, 3].map((jti) => ({ acr: 'mfa', auth_time: now, jti })))
    const calls = [1, 2, 3].map(async () => call('/pay'))
    open()
    release()
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(library.requests).toHaveLength(3)
  })

  it('end with the first that is refused, and ask no more', async () => {
    api.guards.set('/pay', { acr: ['mfa'], maxAge: 0 })
    const release = library.hold()
    const open = api.hold()
    library.answers.push({ acr: 'mfa', auth_time: now, jti: 1 }, { acr: 'basic', auth_time: now })
    const calls = [1, 2, 3, 4].map(async () =>
      call('/pay').then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      ),
    )
    open()
    await expect.poll(() => library.requests.length).toBe(1)
    release()
    const outcomes = (await Promise.all(calls)).map(String).toSorted()
    expect(outcomes).toEqual(['200', ...Array<string>(3).fill('step_up_unmet')])
    expect(library.requests).toHaveLength(2)
  })

  it('go on for the others when one gives up, and end with the last', async () => {
    library.hold()
    const [one, two] = [new AbortController(), new AbortController()]
    const ends = [one, two].map(({ signal }) => failureOf(app.stepUp({ acr: 'mfa' }, { signal })))
    await expect.poll(() => library.requests.length).toBe(1)
    one.abort('one')
    expect(await ends[0]).toBe('one')
    expect(library.requests[0]?.signal.aborted).toBe(false)
    two.abort('two')
    expect(await ends[1]).toBe('two')
    expect(library.requests[0]?.signal.aborted).toBe(true)
  })
})

describe('a login library whose tokens are bound to a key (RFC 9449)', () => {
  it('and that cannot prove it is refused, before anything is sent', async () => {
    library.held = { ...tokensOf(login), bound: true }
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'configuration' })
    expect(api.calls).toEqual([])
  })

  it('does not fall back to bearer tokens by stepping up (§5)', async () => {
    const before = { ...tokensOf(login), bound: true }
    library.held = before
    library.prove = async () => 'e30.e30.c'
    api.guards.set('/x', { acr: ['mfa'] })
    expect(await failureOf(call('/x'))).toMatchObject({ code: 'response_invalid' })
    expect(library.rejected).toEqual([before])
    expect(api.calls.map(({ authorization }) => authorization)).toEqual([
      `DPoP ${before.accessToken}`,
    ])
  })
})

describe('calls that a redirect interrupts', () => {
  const parking = () => parkedCalls({ database, timeLimitSeconds: 60 })
  let database: MemoryDatabase
  beforeEach(() => {
    database = new MemoryDatabase()
    app = appOf('redirect', parking())
    api.guards.set('/pay', { acr: ['mfa'] })
  })

  async function leave(...bodies: string[]): Promise<StepUpTransaction> {
    for (const body of bodies) void call('/pay', { method: 'POST', body }).catch(() => {})
    await expect.poll(() => library.left.length).toBe(1)
    return library.left[0] as StepUpTransaction
  }
  /** The page that comes back is another. */
  const back = async (transaction: StepUpTransaction, claims: Claims) => {
    app = appOf('redirect', parking())
    return app.settleRedirect(transaction, undefined, async () => tokensOf(claims))
  }
  const mfa: Claims = { acr: 'mfa', auth_time: now }

  it('are sent once when it is reached, with one idempotency key each (behaviours 56, 63)', async () => {
    const transaction = await leave('amount=5')
    const result = await back(transaction, mfa)
    expect(result).toMatchObject({
      outcome: 'completed',
      calls: [{ method: 'POST', url: `${api.origin}/pay`, response: { status: 200 } }],
    })
    const [, sent] = api.calls
    expect(sent).toMatchObject({ method: 'POST', body: 'amount=5' })
    expect(sent?.headers['idempotency-key']).toMatch(/^[\w-]{43}$/)
    expect(await back(transaction, mfa)).toMatchObject({ outcome: 'completed', calls: [] })
    expect(api.calls).toHaveLength(2)
    expect(database.kept.size).toBe(0)
  })

  it.each([
    ['another person', { ...mfa, sub: 'mallory' }],
    ['too low a level', login],
  ])('are forgotten where %s comes back', async (_, claims) => {
    const transaction = await leave('amount=5')
    expect(await back(transaction, claims)).toMatchObject({ outcome: 'failed' })
    expect(database.kept.size).toBe(0)
    expect(await back(transaction, mfa)).toMatchObject({ outcome: 'completed', calls: [] })
    expect(api.calls).toHaveLength(1)
  })

  it('are gone after their time', async () => {
    const transaction = await leave('amount=5')
    time = now + 61
    expect(await back(transaction, { ...mfa, iat: now + 61, auth_time: now + 61 })).toMatchObject({
      outcome: 'completed',
      calls: [],
    })
    expect(api.calls).toHaveLength(1)
  })

  it('end in `step_up_failed` where the API still asks', async () => {
    api.guards.set('/pay', { acr: ['mfa'], never: true })
    const result = await back(await leave('amount=5'), mfa)
    expect(result).toMatchObject({ calls: [{ error: { code: 'step_up_failed' } }] })
    expect(api.calls).toHaveLength(2)
  })

  it('keep the page where one cannot be kept', async () => {
    app = appOf('redirect', parkedCalls({ database, largestBodyBytes: 4 }))
    const body = 'amount=5'
    expect(await failureOf(call('/pay', { method: 'POST', body }))).toMatchObject({
      code: 'call_not_kept',
    })
    expect(library.left).toEqual([])
  })

  it('are forgotten when nobody waits for them any more', async () => {
    const control = new AbortController()
    const { signal } = control
    const ends = failureOf(call('/pay', { method: 'POST', body: 'x', signal }))
    await expect.poll(() => library.left.length).toBe(1)
    control.abort('enough')
    expect(await ends).toBe('enough')
    await expect.poll(() => database.kept.size).toBe(0)
  })
})

describe('a step-up by redirect', () => {
  it('leaves with what its answer is held to, and nothing secret', async () => {
    app = appOf('redirect')
    void app.stepUp({ acr: 'mfa', maxAge: 60 })
    await expect.poll(() => library.left.length).toBe(1)
    expect(library.left).toEqual([
      {
        requirement: { acrValues: ['mfa'], maxAgeSeconds: 60 },
        issuer,
        subject: 'alice',
        beganAt: now,
      },
    ])
  })

  it('says of the answer whether it is what was asked', async () => {
    const transaction = {
      requirement: { acrValues: ['mfa'] },
      issuer,
      subject: 'alice',
      beganAt: now,
    }
    const settle = async (claims: Claims) => {
      const result = await app.settleRedirect(transaction, undefined, async () => tokensOf(claims))
      return result.outcome === 'failed' ? result.error.code : result.outcome
    }
    expect(await settle({ acr: 'mfa', auth_time: now })).toBe('completed')
    expect(await settle({ acr: 'basic', auth_time: now })).toBe('step_up_unmet')
    expect(await settle({ acr: 'mfa', auth_time: now, sub: 'mallory' })).toBe('different_user')
  })
})
