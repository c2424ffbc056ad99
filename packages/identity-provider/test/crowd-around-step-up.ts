import { setTimeout } from 'node:timers/promises'
import { type TestHouse, type TestPerson, Visitor, totpCode } from '@newel/testing/house'
import { ask, journey, now, outcome } from './step-up-house.ts'

/** What became of a browser that had twenty requests on their way while one of its tabs stepped up. */
export interface CrowdEnding {
  /** How each of the twenty was answered. */
  readonly answers: readonly string[]
  /** How the step-up ended. */
  readonly stepUp: string
  /** How the browser is answered afterwards, when it asks in silence for the level of the step-up. */
  readonly after: string
  /** How many session ids it was given, and which of them, but for its last, still get an answer. */
  readonly ids: number
  readonly working: readonly string[]
}

const crowd = 20

export async function crowdAroundStepUp(
  house: TestHouse,
  person: TestPerson,
): Promise<CrowdEnding> {
  const visitor = house.visitor()
  const seen = sessionIds(visitor)
  await journey(house, visitor, person)
  const { page } = await ask(house, visitor, { acr_values: 'mfa' })
  const code = totpCode(person.totpKey, now())
  const stepUp = visitor.submit(page, { code })
  const others = Array.from({ length: crowd }, async (_, index) => {
    // Spread over the few requests of the step-up, from before its answer is judged to after it.
    await setTimeout(index * 2)
    const client = index % 2 === 0 ? 'web' : 'second'
    return ask(house, visitor, { prompt: 'none', client_id: client })
  })
  const answers = (await Promise.all(others)).map((other) => outcome(other.page))
  const ended = outcome(await stepUp)
  const after = await ask(house, visitor, { prompt: 'none', acr_values: 'mfa' })
  const own = sessionCookie(visitor)
  const working: string[] = []
  for (const cookies of seen) {
    if (cookies.get(own.name)?.value === own.value) continue
    const thief = new Visitor(house.issuer)
    for (const [name, cookie] of cookies) thief.cookies.set(name, cookie)
    const { page: stolen } = await ask(house, thief, { prompt: 'none' })
    if (outcome(stolen) !== 'login_required') working.push(outcome(stolen))
  }
  return { answers, stepUp: ended, after: outcome(after.page), ids: seen.length, working }
}

type Cookies = Visitor['cookies']

/** The cookies of each session id that the browser is given, from now on. */
function sessionIds(visitor: Visitor): readonly Cookies[] {
  const seen: Cookies[] = []
  const set = visitor.cookies.set.bind(visitor.cookies)
  visitor.cookies.set = (key, cookie) => {
    set(key, cookie)
    if (key.startsWith('newel-session.sig')) {
      const held = [...visitor.cookies].filter(([name]) => name.startsWith('newel-session'))
      const id = new Map(held).get('newel-session /')?.value
      if (!seen.some((cookies) => cookies.get('newel-session /')?.value === id)) {
        seen.push(new Map(held))
      }
    }
    return visitor.cookies
  }
  return seen
}

function sessionCookie(visitor: Visitor): { readonly name: string; readonly value: string } {
  const name = 'newel-session /'
  return { name, value: visitor.cookies.get(name)?.value ?? '' }
}

/** Nobody is signed out, the level is there, and of all ids the browser's last one works. */
export const unharmed: Omit<CrowdEnding, 'ids'> = {
  answers: Array.from({ length: crowd }, () => 'code'),
  stepUp: 'code',
  after: 'code',
  working: [],
}
