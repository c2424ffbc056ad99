import type { Method } from '@newel/policy'
import type { Json, JsonObject } from '../store/index.ts'

/** How far the setting up of an authenticator has come; kept as JSON with the interaction. */
export type EnrolmentProgress =
  /** Chosen. A fresh proof of the strongest level that the person can reach comes first. */
  | { readonly stage: 'chosen'; readonly method: Method }
  /** Shown: what the authenticator gave to remember, and what the page shows. */
  | {
      readonly stage: 'begun'
      readonly method: Method
      readonly state: Json
      readonly view: Json
    }
  /** Written before the credential is, so that no crash leaves one that the interaction does not know of. */
  | { readonly stage: 'enrolled'; readonly method: Method; readonly credentialId: string }

export function writeEnrolment(progress: EnrolmentProgress): JsonObject {
  return { ...progress }
}

/** Absent: nothing is being set up, or what is stored says nothing that is understood. */
export function readEnrolment(stored: Json | undefined): EnrolmentProgress | undefined {
  if (!isObject(stored)) return undefined
  const { stage, method, state, view, credentialId } = stored
  if (typeof method !== 'string') return undefined
  if (stage === 'chosen') return { stage, method }
  if (stage === 'begun' && state !== undefined && view !== undefined) {
    return { stage, method, state, view }
  }
  if (stage === 'enrolled' && typeof credentialId === 'string') {
    return { stage, method, credentialId }
  }
  return undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
