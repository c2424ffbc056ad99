/** An id of an upstream, or a name in its list of accepted answers: part of a method's name. */
export const upstreamIdPattern = '[a-z0-9][a-z0-9-]{0,31}'

/** `federated:company` and `federated:company/mfa`, which also prove `federated`. */
export const upstreamMethodPattern = `federated:${upstreamIdPattern}(?:/${upstreamIdPattern})?`

const whole = new RegExp(`^${upstreamMethodPattern}$`)

export function isUpstreamMethod(text: string): boolean {
  return whole.test(text)
}

/** The method that any accepted answer of the upstream proves; with `entry`, that entry alone. */
export function upstreamMethod(upstream: string, entry?: string): string {
  return entry === undefined ? `federated:${upstream}` : `federated:${upstream}/${entry}`
}

/** Whether it is proved by an answer of some upstream. */
export function isFederated(method: string): boolean {
  return method === 'federated' || method.startsWith('federated:')
}

/** The id in a method's name. Absent: any upstream, or no upstream at all. */
export function upstreamOf(method: string): string | undefined {
  return /^federated:([^/]+)/.exec(method)?.[1]
}
