import type { Store } from '../store/index.ts'

/** Runs one call of the store, and may look at how it goes. */
export type AroundStoreCall = <Result>(
  part: string,
  call: string,
  run: () => Promise<Result>,
) => Promise<Result>

/** The same store, with something around each of its calls. */
export function watchStore(store: Store, around: AroundStoreCall): Store {
  const parts = Object.entries(store).map(([name, part]: [string, object | Store['close']]) => [
    name,
    typeof part === 'function' ? async () => store.close() : watchPart(name, part, around),
  ])
  return Object.fromEntries(parts) as Store
}

function watchPart<Part extends object>(name: string, part: Part, around: AroundStoreCall): Part {
  const watched = new Map<string | symbol, unknown>()
  return new Proxy(part, {
    get(target, call) {
      if (watched.has(call)) return watched.get(call)
      const method: unknown = Reflect.get(target, call)
      if (typeof method !== 'function') return method
      const watching = async (...values: readonly unknown[]): Promise<unknown> =>
        around(name, String(call), async () => Reflect.apply(method, target, values) as unknown)
      watched.set(call, watching)
      return watching
    },
  })
}

export interface EndedStoreCall {
  readonly part: string
  readonly call: string
  readonly seconds: number
  readonly failed: boolean
}

/** Tells how long each call took. */
export function timedStoreCall(tell: (call: EndedStoreCall) => void): AroundStoreCall {
  return async (part, call, run) => {
    const started = performance.now()
    let failed = true
    try {
      const result = await run()
      failed = false
      return result
    } finally {
      tell({ part, call, seconds: (performance.now() - started) / 1000, failed })
    }
  }
}
