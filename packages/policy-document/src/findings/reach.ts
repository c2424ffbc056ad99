import { type Level, type Method, methodsThatCountAs } from '@newel/policy'
import type { PolicyDocument } from '../policy-document.ts'

type Offer = Pick<PolicyDocument, 'methods'>

/** Whether the provider offers something that counts as the method: a passkey counts as a security key. */
export function isOffered({ methods }: Offer, method: Method): boolean {
  return methodsThatCountAs(method).some((counting) => methods.get(counting)?.enabled === true)
}

/** Whether one alternative of the level is made of offered methods alone. */
export function isWithinReach(document: Offer, level: Level): boolean {
  return level.accepts.some(({ methods }) => methods.every((method) => isOffered(document, method)))
}
