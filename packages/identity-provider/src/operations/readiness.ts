import type { Store } from '../store/index.ts'

/** What keeps a node from taking requests. */
export type NotReady = 'stopping' | 'store' | 'signing_key'

export interface Readiness {
  /** Empty: it is ready. */
  readonly notReady: readonly NotReady[]
}

/** Asks the store for what every token needs; a store that does not answer in time counts as gone. */
export async function readinessOf(
  store: Pick<Store, 'keys'>,
  { stopping, timeoutMilliseconds }: { stopping: boolean; timeoutMilliseconds: number },
): Promise<Readiness> {
  const missing = await within(timeoutMilliseconds, async () => {
    const keys = await store.keys.list()
    return keys.some(({ state }) => state === 'active') ? [] : (['signing_key'] as const)
  })
  return { notReady: [...(stopping ? (['stopping'] as const) : []), ...missing] }
}

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
