import {
  type TestPerson,
  type Visitor,
  redeem,
  requestTokens,
  totpCode,
} from '@newel/testing/house'
import { clientId } from './policy.ts'
import type { Scene } from './scene.ts'
import { type Ending, answer, answerAll, ask, expectPage, expectTokens } from './steps.ts'

/** A jump of the provider's clock in the middle of something, and what came of it. */
export interface JumpOutcome {
  readonly what: string
  readonly jump: string
  readonly ending: Ending | 'BROKEN'
  /** Where it is broken: what was. */
  readonly detail?: string
}

/** Seconds by which the clock jumps, negative: back. */
export const jumps: readonly (readonly [string, number])[] = [
  ['+1 h', 3600],
  ['-1 h', -3600],
  ['+1 d', 86_400],
  ['-1 d', -86_400],
]

/** Something that a wrong clock could let through. Throws where it did. */
export interface ClockCase {
  readonly what: string
  run(scene: Scene, jump: number): Promise<Ending>
}

export const clockCases: readonly ClockCase[] = [
  { what: 'level held', run: levelHeld },
  { what: 'step-up', run: stepUpUnderWay },
  { what: 'code exchange', run: codeRedeemed },
  { what: 'refresh', run: refreshTokenUsed },
  { what: 'one-time code', run: oneTimeCodeUsed },
  { what: 'lock', run: lockKept },
]

export async function jumpInCase(
  scene: Scene,
  { what, ...one }: ClockCase,
  [jump, seconds]: readonly [string, number],
): Promise<JumpOutcome> {
  try {
    await scene.node.setClockOffset(0)
    return { what, jump, ending: await one.run(scene, seconds) }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { what, jump, ending: 'BROKEN', detail }
  }
}

/** A level of 15 minutes is over after the jump, or was proved in the future: neither is held without a new proof. */
async function levelHeld(scene: Scene, jump: number): Promise<Ending> {
  const { person, visitor, refreshToken } = await atMfa(scene)
  await scene.node.setClockOffset(jump)
  const silent = await ask(scene, visitor, { acr_values: 'mfa', prompt: 'none' })
  if (silent.page.url.searchParams.has('code')) throw new Error('a level passed without a proof')
  const { status, accessToken } = await refreshed(scene, refreshToken)
  if (status === 200 && accessToken.acr === 'mfa') throw new Error('a refreshed token names it')
  if (status >= 500) throw new Error(`the refresh was answered by ${status}`)
  const { page, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
  const end = await answerAll(scene, visitor, page, person)
  if (jump > 0) {
    await expectTokens(scene, attempt, end, 'mfa')
    return 'resumed'
  }
  // Its codes of an hour ago count as used: until the clock is right again, no level is reached.
  if (end.url.searchParams.has('code')) throw new Error('a code of the past was accepted')
  await backInTime(scene, visitor, person)
  return 'failed cleanly'
}

/** The page was open when the clock jumped: it is too old, or goes on. */
async function stepUpUnderWay(scene: Scene, jump: number): Promise<Ending> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  await logIn(scene, visitor, person)
  const { page, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
  await scene.node.setClockOffset(jump)
  const end = await answer(scene, visitor, page, person)
  if (end.status >= 500) throw new Error(`the answer was answered by ${end.status}`)
  if (end.url.searchParams.has('code')) {
    await expectTokens(scene, attempt, end, 'mfa')
    return 'resumed'
  }
  await backInTime(scene, visitor, person)
  return 'failed cleanly'
}

async function codeRedeemed(scene: Scene, jump: number): Promise<Ending> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  const { page, attempt } = await ask(scene, visitor)
  const end = await answer(scene, visitor, page, person)
  expectPage(end, 'code')
  const exchange = async (): Promise<number> => (await redeem(scene, clientId, attempt, end)).status
  await scene.node.setClockOffset(jump)
  const first = await exchange()
  await scene.node.setClockOffset(0)
  const again = [await exchange(), await exchange()]
  const passed = [first, ...again].filter((status) => status === 200).length
  if (passed > 1) throw new Error('a used code worked twice')
  if (jump > 60 && first === 200) throw new Error('a code that was over was redeemed')
  return first === 200 ? 'resumed' : 'failed cleanly'
}

async function refreshTokenUsed(scene: Scene, jump: number): Promise<Ending> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  const { refreshToken } = await logIn(scene, visitor, person)
  await scene.node.setClockOffset(jump)
  const first = (await refreshed(scene, refreshToken)).status
  await scene.node.setClockOffset(0)
  const second = (await refreshed(scene, refreshToken)).status
  if (first === 200 && second === 200) throw new Error('a used refresh token worked twice')
  if ([first, second].some((status) => status >= 500)) throw new Error('it failed with 500')
  const { page, attempt } = await ask(scene, visitor)
  await expectTokens(scene, attempt, await answerAll(scene, visitor, page, person), 'basic')
  return first === 200 ? 'resumed' : 'failed cleanly'
}

/** The code is accepted, the clock jumps and comes back: the code stays used, at both times. */
async function oneTimeCodeUsed(scene: Scene, jump: number): Promise<Ending> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  await logIn(scene, visitor, person)
  const code = totpCode(person.totpKey, scene.now())
  const { page } = await ask(scene, visitor, { acr_values: 'mfa' })
  expectPage(await visitor.submit(page, { code }), 'code')
  for (const offset of [jump, 0]) {
    await scene.node.setClockOffset(offset)
    const other = scene.visitor()
    const login = await ask(scene, other, { acr_values: 'mfa' })
    const asked = await answer(scene, other, login.page, person)
    const end = asked.method === 'totp' ? await other.submit(asked, { code }) : asked
    if (end.url.searchParams.has('code')) throw new Error('a used one-time code worked twice')
    if (end.status >= 500) throw new Error(`it was answered by ${end.status}`)
  }
  await scene.node.setClockOffset(60)
  const { page: again, attempt } = await ask(scene, visitor, { acr_values: 'mfa', max_age: '0' })
  await expectTokens(scene, attempt, await answerAll(scene, visitor, again, person), 'mfa')
  return 'resumed'
}

/** Locked after too many wrong codes: going back in time does not open it. */
async function lockKept(scene: Scene, jump: number): Promise<Ending> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  await logIn(scene, visitor, person)
  let { page } = await ask(scene, visitor, { acr_values: 'mfa' })
  for (let tries = 0; tries < 20 && page.page === 'step-up'; tries += 1) {
    page = await visitor.submit(page, { code: wrongCode(person, scene.now()) })
  }
  if (page.page !== 'locked') throw new Error(`guessing ends at ${page.page ?? page.status}`)
  await scene.node.setClockOffset(jump)
  const { page: later } = await ask(scene, visitor, { acr_values: 'mfa' })
  const end = await answerAll(scene, visitor, later, person)
  const open = end.url.searchParams.has('code')
  if (jump < 0 && open) throw new Error('a lock was opened by a clock that went back')
  if (end.status >= 500) throw new Error(`it was answered by ${end.status}`)
  if (open) return 'resumed'
  await backInTime(scene, visitor, person, 2 * 86_400)
  return 'failed cleanly'
}

/** With the clock right again everything is as it would have been. */
async function backInTime(
  scene: Scene,
  visitor: Visitor,
  person: TestPerson,
  offset = 60,
): Promise<void> {
  await scene.node.setClockOffset(offset)
  const { page, attempt } = await ask(scene, visitor, { acr_values: 'mfa', max_age: '0' })
  await expectTokens(scene, attempt, await answerAll(scene, visitor, page, person), 'mfa')
}

async function atMfa(scene: Scene): Promise<{
  readonly person: TestPerson
  readonly visitor: Visitor
  readonly refreshToken: string
}> {
  const person = await scene.addPerson()
  const visitor = scene.visitor()
  const { page, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
  const end = await answerAll(scene, visitor, page, person)
  const tokens = await expectTokens(scene, attempt, end, 'mfa')
  return { person, visitor, refreshToken: String(tokens.raw.refresh_token) }
}

async function logIn(
  scene: Scene,
  visitor: Visitor,
  person: TestPerson,
): Promise<{ readonly refreshToken: string }> {
  const { page, attempt } = await ask(scene, visitor)
  const end = await answer(scene, visitor, page, person)
  const tokens = await expectTokens(scene, attempt, end, 'basic')
  return { refreshToken: String(tokens.raw.refresh_token) }
}

async function refreshed(scene: Scene, token: string): ReturnType<typeof requestTokens> {
  return requestTokens(scene, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: token,
  })
}

function wrongCode({ totpKey }: TestPerson, now: number): string {
  const right = [-30, 0, 30].map((beside) => totpCode(totpKey, now + beside))
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
}
