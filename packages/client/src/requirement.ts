import type { JudgingOrder, Requirement } from '@newel/policy'
import { isAcrValue, isMaxAge } from '@newel/protocol'
import { ClientError } from './errors.ts'
import { scopeValues } from './scope-values.ts'

/** What an app asks of an authentication: a {@link Requirement} in short. */
export interface RequirementInput {
  /** Wire values of the levels, any of which is enough, the preferred first. Absent: any level; only the age counts. */
  readonly acr?: string | readonly string[]
  /** Oldest acceptable proof, in seconds. Absent: any age. `0`: prove it now. OIDC Core §3.1.2.1. */
  readonly maxAge?: number
}

/**
 * The requirement that an app states in short.
 *
 * @throws ClientError `configuration` where it asks for nothing, or states an age that is not whole seconds.
 */
export function requirementFromInput(input: RequirementInput): Requirement {
  const { acr = [], maxAge } = input
  const acrValues = typeof acr === 'string' ? scopeValues(acr) : [...acr]
  const requirement = { acrValues, ...(maxAge !== undefined && { maxAgeSeconds: maxAge }) }
  if (isLegal(requirement)) return requirement
  throw new ClientError('configuration', 'name `acr`, or `maxAge` in whole seconds')
}

/** Whether a requirement asks something, in a form that it can be asked in. */
export function isLegal({ acrValues, maxAgeSeconds }: Requirement): boolean {
  return (
    acrValues.every(isAcrValue) &&
    (maxAgeSeconds === undefined ? acrValues.length > 0 : isMaxAge(maxAgeSeconds))
  )
}

/** Whether every answer that meets `asked` meets `other` too, so that one step-up can serve both. */
export function covers(asked: Requirement, other: Requirement, order: JudgingOrder): boolean {
  const { acrValues, maxAgeSeconds = Infinity } = other
  const meets = (acr: string) =>
    acrValues.some((required) => acr === required || order.satisfies(acr, required))
  return (
    (acrValues.length === 0 || (asked.acrValues.length > 0 && asked.acrValues.every(meets))) &&
    (asked.maxAgeSeconds ?? Infinity) <= maxAgeSeconds
  )
}
