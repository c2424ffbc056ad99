import type { EpochSeconds } from '@newel/policy'
import type { Json, JsonObject } from '../store/json.ts'

/** How long a question may stand before its answer is refused. */
export const answerSeconds = 600

/** An object of JSON, as opposed to a list or nothing. What a person sent may be anything. */
export function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that is the object's own and not longer than stated; names such as `__proto__` find nothing else. */
export function textOf(
  object: JsonObject | undefined,
  name: string,
  longest = 512,
): string | undefined {
  if (!object || !Object.hasOwn(object, name)) return undefined
  const value = object[name]
  return typeof value === 'string' && value.length <= longest ? value : undefined
}

/** Whether what was remembered at `askedAt` may still be answered. */
export function isFresh(state: JsonObject, now: EpochSeconds): boolean {
  const askedAt = Object.hasOwn(state, 'askedAt') ? state['askedAt'] : undefined
  return typeof askedAt === 'number' && now < askedAt + answerSeconds
}
