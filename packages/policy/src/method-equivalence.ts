import type { Method } from './level.ts'

/**
 * A passkey is a WebAuthn assertion with user verification; it proves possession of a security key as well. The
 * reverse does not hold: without user verification the same credential is a security key only (WebAuthn §6.1).
 */
const alsoProves: Readonly<Record<Method, readonly Method[]>> = { passkey: ['security-key'] }

/** Every method that a proof of `method` counts for, itself included. */
export function methodsProvedBy(method: Method): readonly Method[] {
  const known = Object.hasOwn(alsoProves, method) ? (alsoProves[method] ?? []) : []
  return [method, ...known, ...widerNames(method)]
}

/**
 * `federated:company/mfa` is a case of `federated:company`, and that one of `federated`. Whoever proves the narrower notes
 * an event for each of the three, since nobody could list every narrower name that counts as a wider one.
 */
function widerNames(method: Method): readonly Method[] {
  const [family = '', rest] = method.split(':')
  if (rest === undefined) return []
  const [group = ''] = rest.split('/')
  return rest.includes('/') ? [`${family}:${group}`, family] : [family]
}

/** Every other kind of method whose proof counts as `method`, and itself. */
export function methodsThatCountAs(method: Method): readonly Method[] {
  const others = Object.entries(alsoProves).filter(([, proved]) => proved.includes(method))
  return [method, ...others.map(([other]) => other)]
}
