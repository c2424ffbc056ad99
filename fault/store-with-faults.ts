import { appendFileSync } from 'node:fs'
import type { Store } from '@newel/identity-provider/store'

/** Where the process is to die: before the call reaches the store, or when the store has said that it is done. */
export interface KillPoint {
  readonly at: 'before' | 'after'
  /** The first call after arming is 1. */
  readonly call: number
}

/** A call that the store answered with success just before the process died. */
export interface AnsweredCall {
  readonly part: string
  readonly method: string
  readonly args: readonly unknown[]
  readonly result: unknown
}

export interface FaultControls {
  /** Counts from now on, and dies at the point where one is given. */
  arm(point: KillPoint | undefined): void
  /** How many calls there were since arming. */
  calls(): number
}

/** The store as it is, with every call counted and a death at a chosen one. */
export function storeWithFaults(
  store: Store,
  options: { readonly lastWords: string; readonly die: () => never },
): { readonly store: Store; readonly controls: FaultControls } {
  let calls = 0
  let armed = false
  let point: KillPoint | undefined

  function partWithFaults(part: string, whole: object): object {
    return new Proxy(whole, {
      get(target, method, receiver) {
        const member: unknown = Reflect.get(target, method, receiver)
        if (typeof member !== 'function' || typeof method !== 'string') return member
        return async (...args: unknown[]): Promise<unknown> => {
          if (!armed) return Reflect.apply(member, target, args)
          calls += 1
          const own = calls
          if (point?.call === own && point.at === 'before') options.die()
          const result: unknown = await Reflect.apply(member, target, args)
          if (point?.call === own) {
            const answered: AnsweredCall = { part, method, args, result }
            appendFileSync(options.lastWords, JSON.stringify(answered))
            options.die()
          }
          return result
        }
      },
    })
  }

  const parts = new Map<string, object>()
  return {
    store: new Proxy(store, {
      get(target, part, receiver) {
        const member: unknown = Reflect.get(target, part, receiver)
        if (typeof part !== 'string' || typeof member !== 'object' || member === null) return member
        const known = parts.get(part) ?? partWithFaults(part, member)
        parts.set(part, known)
        return known
      },
    }),
    controls: {
      arm(next) {
        armed = true
        calls = 0
        point = next
      },
      calls: () => calls,
    },
  }
}
