import {
  type AuthorizationAttempt,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  authorizationRequest,
  redeem,
  requestTokens,
  totpCode,
} from '@newel/testing/house'
import { clientId, resource } from './policy.ts'
import type { Scene } from './scene.ts'

/** How a step ended for the person, after the process died in it and was started again. */
export type Ending = 'resumed' | 'failed cleanly'

/** What is under way when the process dies. */
export interface StepUnderWay {
  /** The requests of the step. Rejects where the provider dies. */
  act(): Promise<void>
  /** What a person does next with what they hold. Throws where a promise of the provider was broken. */
  goOn(): Promise<Ending>
}

export interface Step {
  readonly name: string
  /** Everything before the step, on a healthy provider. */
  prepare(scene: Scene): Promise<StepUnderWay>
}

export const steps: readonly Step[] = [
  { name: 'login', prepare: login },
  { name: 'enrolment', prepare: enrolment },
  { name: 'step-up', prepare: stepUp },
  { name: 'code exchange', prepare: codeExchange },
  { name: 'refresh', prepare: refresh },
  { name: 'key rotation', prepare: keyRotation },
]

async function login(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  const { page } = await ask(scene, visitor)
  return {
    async act() {
      expectPage(await answer(scene, visitor, page, person), 'code')
    },
    async goOn() {
      const { page: again, attempt } = await ask(scene, visitor)
      const resumed = again.url.searchParams.has('code')
      const end = resumed ? again : await answer(scene, visitor, again, person)
      await expectTokens(scene, attempt, end, 'basic')
      return resumed ? 'resumed' : 'failed cleanly'
    },
  }
}

async function enrolment(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson({ totp: false })
  const { visitor } = await signedIn(scene, person)
  const { page } = await ask(scene, visitor, { acr_values: 'mfa' })
  let key = ''
  let told = false
  const setUp = async (from: VisitedPage): Promise<void> => {
    let current = from
    if (current.page === 'unreachable') {
      current = await visitor.submit(current, { method: 'totp' })
    }
    if (current.page === 'step-up') current = await answer(scene, visitor, current, person)
    key = keyShown(current)
    current = await visitor.submit(current, { code: totpCode(key, scene.now()) })
    expectPage(current, 'enrolled')
    told = true
  }
  return {
    act: async () => setUp(page),
    async goOn() {
      const enrolled = (await scene.store.credentials.forAccount(person.accountId)).filter(
        ({ method }) => method === 'totp',
      )
      if (told && enrolled.length !== 1)
        throw new Error('an authenticator that was shown as set up is gone')
      if (enrolled.length > 1) throw new Error('one enrolment left two authenticators')
      const resumed = enrolled.length === 1
      if (!resumed) {
        await setUp((await ask(scene, visitor, { acr_values: 'mfa' })).page)
      }
      await scene.node.setClockOffset(scene.node.clockOffset + 60)
      const { page: again, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
      const withKey = { ...person, totpKey: key }
      await expectTokens(scene, attempt, await answer(scene, visitor, again, withKey), 'mfa')
      return resumed ? 'resumed' : 'failed cleanly'
    },
  }
}

async function stepUp(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const { visitor, refreshToken } = await signedIn(scene, person)
  const { page } = await ask(scene, visitor, { acr_values: 'mfa' })
  return {
    async act() {
      expectPage(await answer(scene, visitor, page, person), 'code')
    },
    async goOn() {
      // What the session had before is as it was.
      const kept = await refreshed(scene, refreshToken)
      if (kept.status !== 200) throw new Error('the session from before the step-up was lost')
      const { page: again, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
      const resumed = again.url.searchParams.has('code')
      // The code may have been spent: the app shows the next one.
      if (!resumed) await scene.node.setClockOffset(scene.node.clockOffset + 60)
      await expectTokens(scene, attempt, await answerAll(scene, visitor, again, person), 'mfa')
      return resumed ? 'resumed' : 'failed cleanly'
    },
  }
}

async function codeExchange(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  const { page, attempt } = await ask(scene, visitor)
  const end = await answer(scene, visitor, page, person)
  let redeemed = 0
  const exchange = async (): Promise<number> => {
    const { status } = await redeem(scene, clientId, attempt, end)
    if (status === 200) redeemed += 1
    return status
  }
  return {
    async act() {
      expectStatus(await exchange(), 200)
    },
    async goOn() {
      const status = await exchange()
      await exchange()
      if (redeemed > 1) throw new Error('a used code worked twice')
      if (status === 200) return 'resumed'
      expectStatus(status, 400)
      const { page: again, attempt: second } = await ask(scene, visitor)
      await expectTokens(scene, second, again, 'basic')
      return 'failed cleanly'
    },
  }
}

async function refresh(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const { visitor, refreshToken } = await signedIn(scene, person)
  let answered = 0
  const rotate = async (): Promise<number> => {
    const { status } = await refreshed(scene, refreshToken)
    if (status === 200) answered += 1
    return status
  }
  return {
    async act() {
      expectStatus(await rotate(), 200)
    },
    async goOn() {
      const status = await rotate()
      await rotate()
      if (answered > 1) throw new Error('a used refresh token worked twice')
      if (status === 200) return 'resumed'
      expectStatus(status, 400)
      const { page, attempt } = await ask(scene, visitor)
      await expectTokens(scene, attempt, page, 'basic')
      return 'failed cleanly'
    },
  }
}

async function keyRotation(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const { idTokenKid } = await signedIn(scene, person)
  const before = await activeKid(scene)
  return {
    act: async () => scene.node.rotateKeys(),
    async goOn() {
      const published = await fetch(new URL('/jwks.json', scene.issuer))
      const { keys } = (await published.json()) as { readonly keys: readonly { kid: string }[] }
      if (!keys.some(({ kid }) => kid === idTokenKid)) {
        throw new Error('a token that was issued no longer verifies')
      }
      const active = await activeKid(scene)
      if (!keys.some(({ kid }) => kid === active))
        throw new Error('the active key is not published')
      const next = await signedIn(scene, person)
      if (next.idTokenKid !== active) throw new Error('a key signs that is not active')
      return active === before ? 'failed cleanly' : 'resumed'
    },
  }
}

async function activeKid(scene: Scene): Promise<string> {
  const active = (await scene.store.keys.list()).filter(({ state }) => state === 'active')
  const [only] = active
  if (only === undefined || active.length > 1) throw new Error(`${active.length} keys are active`)
  return only.kid
}

export interface SignedIn {
  readonly visitor: Visitor
  readonly refreshToken: string
  readonly idTokenKid: string
  /** Of the session at the relying party. */
  readonly sid: string
}

export async function signedIn(scene: Scene, person: TestPerson): Promise<SignedIn> {
  const visitor = scene.visitor()
  const { page, attempt } = await ask(scene, visitor)
  const tokens = await expectTokens(
    scene,
    attempt,
    await answer(scene, visitor, page, person),
    'basic',
  )
  const header = String(tokens.raw.id_token).split('.')[0] ?? ''
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  return {
    visitor,
    refreshToken: String(tokens.raw.refresh_token),
    idTokenKid: kid,
    sid: String(tokens.idToken.sid),
  }
}

export async function ask(
  scene: Pick<Scene, 'issuer' | 'redirectUri'>,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ readonly page: VisitedPage; readonly attempt: AuthorizationAttempt }> {
  const attempt = authorizationRequest(scene, {
    client_id: clientId,
    resource,
    scope: 'openid accounts',
    ...parameters,
  })
  return { attempt, page: await visitor.get(attempt.url) }
}

export async function answer(
  scene: Pick<Scene, 'now'>,
  visitor: Visitor,
  page: VisitedPage,
  person: TestPerson,
): Promise<VisitedPage> {
  return answerPage(visitor, page, person, scene.now())
}

export async function answerAll(
  scene: Pick<Scene, 'now'>,
  visitor: Visitor,
  page: VisitedPage,
  person: TestPerson,
): Promise<VisitedPage> {
  let current = page
  for (let answers = 0; answers < 3 && asks(current); answers += 1) {
    current = await answer(scene, visitor, current, person)
  }
  return current
}

function asks({ page }: VisitedPage): boolean {
  return page === 'login' || page === 'step-up'
}

export async function expectTokens(
  scene: Pick<Scene, 'issuer' | 'redirectUri'>,
  attempt: AuthorizationAttempt,
  end: VisitedPage,
  acr: string,
): Promise<Awaited<ReturnType<typeof redeem>>> {
  expectPage(end, 'code')
  const tokens = await redeem(scene, clientId, attempt, end)
  expectStatus(tokens.status, 200)
  if (tokens.accessToken.acr !== acr) {
    throw new Error(`the token names ${String(tokens.accessToken.acr)} instead of ${acr}`)
  }
  return tokens
}

async function refreshed(scene: Scene, token: string): ReturnType<typeof requestTokens> {
  return requestTokens(scene, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: token,
  })
}

/** The key that the page shows for typing, without the spaces that part it. */
function keyShown(page: VisitedPage): string {
  const shown = /<code[^>]*>([A-Z2-7 ]{16,})<\/code>/.exec(page.html)?.[1]
  if (shown === undefined) {
    throw new UnexpectedAnswer(page.status, `no key is shown on the page ${page.page}`)
  }
  return shown.replaceAll(' ', '')
}

export function expectPage(page: VisitedPage, wanted: 'code' | 'enrolled'): void {
  const seen = page.url.searchParams.has('code') ? 'code' : page.page
  if (seen === wanted) return
  throw new UnexpectedAnswer(
    page.status,
    `${wanted} was expected, and ${page.status} ${seen ?? page.url.pathname} came`,
  )
}

function expectStatus(status: number, wanted: number): void {
  if (status === wanted) return
  throw new UnexpectedAnswer(status, `${wanted} was expected, and ${status} came`)
}

/** An answer, but not the one that the step was to bring. */
export class UnexpectedAnswer extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
