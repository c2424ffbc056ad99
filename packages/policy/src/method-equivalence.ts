import type { Method } from './level.ts'

/**
 * A passkey is a WebAuthn assertion with user verification; it proves possession of a security key as well. The
 * reverse does not hold: without user verification the same credential is a security key only (WebAuthn §6.1).
 */
const alsoProves: Readonly<Record<Method, readonly Method[]>> = { passkey: ['security-key'] }

/** Every method that a proof of `method` counts for, itself included. */
export function methodsProvedBy(method: Method): readonly Method[] {
  return [method, ...(Object.hasOwn(alsoProves, method) ? (alsoProves[method] ?? []) : [])]
}

/** Every method whose proof counts as `method`, itself included. */
export function methodsThatCountAs(method: Method): readonly Method[] {
  const others = Object.entries(alsoProves).filter(([, proved]) => proved.includes(method))
  return [method, ...others.map(([other]) => other)]
}
