import { setTimeout } from 'node:timers/promises'
import { type SignedIn, codeFlow, refresh, signIn, stepUp } from './journeys.ts'
import type { Cluster } from './cluster.ts'
import { type Work, runLoad } from './load.ts'

/** How long a code of a one-time-code app is the same, in milliseconds. */
const codeMilliseconds = 30_000

/** What people do at a provider, each piece of work with the next of them. */
export interface Crowd {
  readonly login: Work
  readonly codeFlow: Work
  /** Waits where everybody's code was used; a code is good once. */
  readonly stepUp: Work
  readonly refresh: Work
  /** How many can step up now without anybody waiting for the next code. */
  readonly freshCodes: () => number
}

/** How long a level is held that was stepped up to, and a bit more, in milliseconds. */
const levelMilliseconds = 12_000

/** Each of them has a code of its own. */
function codeWindowOf(time: number): number {
  return Math.floor(time / codeMilliseconds)
}

/** Signs everybody in. */
export async function gather({ issuer, people }: Cluster): Promise<Crowd> {
  const crowd: SignedIn[] = []
  const refreshTokens: string[] = []
  const coming = [...people]
  const gathered = await runLoad(8, people.length, async () => {
    const person = coming.pop()
    if (person === undefined) return
    const signedIn = await signIn(issuer, person)
    crowd.push(signedIn)
    refreshTokens.push(await codeFlow(issuer, signedIn.visitor))
  })
  if (gathered.failures.length > 0) throw new Error(gathered.failures.join('; '))
  const used = new Map<SignedIn, number>()
  // Apart: a step-up gives the session a new id, and a request that another tab sends just then finds none.
  const half = Math.ceil(crowd.length / 2)
  const steppingUp = crowd.slice(0, half)
  const next = rotation(crowd.slice(half))
  const nextPerson = rotation(people)
  const canStepUp = (one: SignedIn): boolean => {
    const before = used.get(one) ?? 0
    return (
      Date.now() - before > levelMilliseconds && codeWindowOf(before) !== codeWindowOf(Date.now())
    )
  }

  async function withFreshCode(): Promise<SignedIn> {
    const free = steppingUp.find(canStepUp)
    const left = codeMilliseconds - (Date.now() % codeMilliseconds)
    // A code that is typed when the next one is shown would count as the next one's use.
    if (free === undefined || left < 3000) {
      await setTimeout(free === undefined ? Math.min(left, 1000) : left)
      return withFreshCode()
    }
    used.set(free, Date.now())
    return free
  }

  return {
    login: async () => {
      await signIn(issuer, nextPerson())
    },
    codeFlow: async () => {
      await codeFlow(issuer, next().visitor)
    },
    stepUp: async () => stepUp(issuer, await withFreshCode()),
    refresh: async () => {
      // Nobody else has it while it is used: each is good once.
      const token = refreshTokens.shift()
      if (token === undefined) throw new Error('more lanes than refresh tokens')
      refreshTokens.push(await refresh(issuer, token))
    },
    freshCodes: () => steppingUp.filter(canStepUp).length,
  }
}

function rotation<Item>(items: readonly Item[]): () => Item {
  let at = 0
  return () => {
    const item = items[at % items.length]
    at += 1
    if (item === undefined) throw new Error('nobody is there')
    return item
  }
}
