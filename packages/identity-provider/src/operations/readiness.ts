import type { Store } from '../store/index.ts'

/** An interaction that nobody has. */
const nobody = 'readiness'

type AskedStore = Pick<Store, 'keys' | 'interactions'>

/** What keeps a node from taking requests. */
export type NotReady = 'stopping' | 'overloaded' | 'store' | 'signing_key'

export interface Readiness {
  /** Empty: it is ready. */
  readonly notReady: readonly NotReady[]
}

export interface ReadinessOptions {
  readonly isStopping: () => boolean
  readonly isOverloaded: () => boolean
  /** How long the store may take. One that does not answer in time counts as gone. */
  readonly timeoutMilliseconds: number
  /** How long an answer of the store is good, however often it is asked for. Default 1000. */
  readonly keptMilliseconds?: number
}

/**
 * Asks the store for what every token and every login needs, which may be in two servers: one question at a time, and one a
 * second, however many ask.
 */
export function createReadiness(
  store: AskedStore,
  options: ReadinessOptions,
): () => Promise<Readiness> {
  const { isStopping, isOverloaded, timeoutMilliseconds, keptMilliseconds = 1000 } = options
  let kept: { readonly until: number; readonly missing: readonly NotReady[] } | undefined
  let asking: Promise<readonly NotReady[]> | undefined

  async function missing(): Promise<readonly NotReady[]> {
    if (kept !== undefined && performance.now() < kept.until) return kept.missing
    asking ??= within(timeoutMilliseconds, async () => askStore(store)).then((answer) => {
      kept = { until: performance.now() + keptMilliseconds, missing: answer }
      asking = undefined
      return answer
    })
    return asking
  }

  return async () => {
    const ofStore = await missing()
    return {
      notReady: [
        ...(isStopping() ? (['stopping'] as const) : []),
        ...(isOverloaded() ? (['overloaded'] as const) : []),
        ...ofStore,
      ],
    }
  }
}

async function askStore({ keys, interactions }: AskedStore): Promise<readonly NotReady[]> {
  const [known] = await Promise.all([keys.list(), interactions.read(nobody, 0)])
  return known.some(({ state }) => state === 'active') ? [] : ['signing_key']
}

/** Never throws: a store that fails is gone. */
async function within(
  milliseconds: number,
  ask: () => Promise<readonly NotReady[]>,
): Promise<readonly NotReady[]> {
  let waited: NodeJS.Timeout | undefined
  const tooLate = new Promise<readonly NotReady[]>((resolve) => {
    waited = setTimeout(() => {
      resolve(['store'])
    }, milliseconds)
  })
  try {
    return await Promise.race([ask(), tooLate])
  } catch {
    return ['store']
  } finally {
    clearTimeout(waited)
  }
}
