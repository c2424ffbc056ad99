import type { Requirement } from '@newel/policy'

import { ProtocolError } from './errors.ts'
import { isMaxAge, parseMaxAge } from './max-age.ts'
import { isAcrValueList, parseAcrValues } from './value-list.ts'

/** The authorization request parameters that carry a requirement (OIDC Core §3.1.2.1, RFC 9470 §4). */
export interface AuthorizationParameters {
  acr_values?: string
  max_age?: string
}

/** What reading authorization request parameters comes to. */
export type ParametersReading =
  | { ok: true; requirement: Requirement }
  | {
      ok: false
      code: 'invalid_acr_values' | 'invalid_max_age'
      /** The parameter at fault. */
      parameter: string
      message: string
    }

/**
 * The parameters that ask the provider for a requirement. A part that asks nothing is left out; `maxAgeSeconds: 0`
 * becomes `max_age=0`.
 *
 * @throws ProtocolError where a value has no legal form: `invalid_acr`, `invalid_max_age`.
 */
export function authorizationParameters(
  requirement: Pick<Requirement, 'acrValues' | 'maxAgeSeconds'>,
): AuthorizationParameters {
  const { acrValues, maxAgeSeconds } = requirement
  if (acrValues.length > 0) acrValuesText(acrValues)
  if (maxAgeSeconds !== undefined) maxAgeText(maxAgeSeconds)
  return parametersOf(requirement)
}

/** Like {@link authorizationParameters}, for a requirement whose form was checked where it came in. */
export function parametersOf({
  acrValues,
  maxAgeSeconds,
}: Pick<Requirement, 'acrValues' | 'maxAgeSeconds'>): AuthorizationParameters {
  return {
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
  }
}

/** Whether a requirement has a legal form on the wire. One that asks nothing has not: it is left out instead. */
export function isWritable({
  acrValues,
  maxAgeSeconds,
}: Pick<Requirement, 'acrValues' | 'maxAgeSeconds'>): boolean {
  return maxAgeSeconds === undefined
    ? isAcrValueList(acrValues)
    : isMaxAge(maxAgeSeconds) && (acrValues.length === 0 || isAcrValueList(acrValues))
}

/**
 * The requirement that an authorization request states. Absent parameters ask nothing; so does an empty `acr_values`
 * (RFC 6749 §3.1). An empty `max_age` is refused like any other malformed one: it may be the remains of a number.
 */
export function requirementFromParameters(parameters: {
  readonly acr_values?: unknown
  readonly max_age?: unknown
}): ParametersReading {
  const { acr_values: acrText, max_age: age } = parameters
  const acrValues =
    acrText === undefined || acrText === ''
      ? []
      : typeof acrText === 'string'
        ? parseAcrValues(acrText)
        : undefined
  if (acrValues === undefined) {
    return {
      ok: false,
      code: 'invalid_acr_values',
      parameter: 'acr_values',
      message: `\`acr_values\` ${acrValuesRule}`,
    }
  }
  if (age === undefined) return { ok: true, requirement: { acrValues } }
  const read = parseMaxAge(age)
  if (!read.ok) {
    return { ok: false, code: 'invalid_max_age', parameter: 'max_age', message: read.message }
  }
  return { ok: true, requirement: { acrValues, maxAgeSeconds: read.maxAgeSeconds } }
}

/** The wire form of a list of levels. @throws ProtocolError `invalid_acr` where it has none. */
export function acrValuesText(acrValues: readonly string[]): string {
  if (isAcrValueList(acrValues)) return acrValues.join(' ')
  throw new ProtocolError('invalid_acr', 'acrValues', acrValuesRule)
}

/** The wire form of an age. @throws ProtocolError `invalid_max_age` where it has none. */
export function maxAgeText(seconds: number): string {
  if (isMaxAge(seconds)) return String(seconds)
  throw new ProtocolError('invalid_max_age', 'maxAgeSeconds', 'must be whole seconds')
}

// The bounds stand in the README; a page carries this text.
const acrValuesRule = 'must be levels in visible ASCII without quotation marks and backslashes'
