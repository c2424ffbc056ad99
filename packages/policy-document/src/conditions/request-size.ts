import type { RuleRequest } from '@newel/policy'

/** Whether the fields of the request hold at most so many values and characters. Stops counting at the limit. */
export function measure(
  request: RuleRequest,
  fields: ReadonlySet<keyof RuleRequest>,
  maxValues: number,
  maxCharacters: number,
): boolean {
  let values = 0
  let characters = 0
  const waiting: unknown[] = [...fields].map((field) => request[field])
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (++values > maxValues) return false
    if (typeof value === 'string') characters += value.length
    if (characters > maxCharacters) return false
    if (typeof value !== 'object' || value === null) continue
    // Entries are pushed one by one: a list of a million must not be copied first.
    for (const key in value) {
      if (waiting.length + values > maxValues) return false
      waiting.push((value as Record<string, unknown>)[key])
    }
  }
  return true
}
