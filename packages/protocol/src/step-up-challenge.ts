import type { Requirement, UnmetItem } from '@newel/policy'

import { descriptionText, formatChallenge, realmText, scopeText } from './challenge-format.ts'
import type { TokenScheme } from './challenge-format.ts'
import { parseChallenges } from './challenge-syntax.ts'
import type { Challenge, ChallengeErrorCode } from './challenge-syntax.ts'
import { ProtocolError } from './errors.ts'
import { readMaxAge } from './max-age.ts'
import { acrValuesText, maxAgeText } from './parameters.ts'
import { isScope, parseAcrValues } from './value-list.ts'

/** The error code of every step-up challenge (RFC 9470 §3). */
export const insufficientUserAuthentication = 'insufficient_user_authentication'

/** The answer of a resource server that names the requirement (RFC 9470 §3). It asks a level, an age, or both. */
export interface StepUpChallenge {
  scheme: TokenScheme
  /** Levels, any of which is enough, the preferred first. Empty: any level of the age asked. */
  acrValues: readonly string[]
  /** Oldest acceptable proof, in seconds. Absent: any age. `0`: authenticate now. */
  maxAgeSeconds?: number
  /** The scopes that the request needs. Absent: those of the token are enough. */
  scope?: string
  realm?: string
  /** For the developer who reads the header; never a ground for a decision. */
  description?: string
}

export type StepUpChallengeErrorCode =
  | ChallengeErrorCode
  | 'invalid_acr_values'
  | 'invalid_max_age'
  | 'invalid_scope'
  | 'empty_challenge'

/** What looking for a step-up challenge comes to. Not found with a code: one may be there, but cannot be trusted. */
export type StepUpChallengeReading =
  | { found: true; challenge: StepUpChallenge }
  | { found: false; code?: never; message?: never }
  | { found: false; code: StepUpChallengeErrorCode; message: string }

/**
 * The challenge for a requirement that was not satisfied. It asks what the requirement states and no more: the provider
 * knows best what of it is still held. Only the description tells a level that was never reached from one proved too
 * long ago. Where any level of any age will do, it asks for the levels of the unmet items.
 *
 * @throws ProtocolError `empty_challenge` where neither the requirement nor the unmet items name a level or an age.
 */
export function stepUpChallengeFor(
  requirement: Requirement,
  unmet: readonly UnmetItem[],
  options: { scheme: TokenScheme; scope?: string; realm?: string },
): StepUpChallenge {
  const { maxAgeSeconds } = requirement
  const acrValues =
    requirement.acrValues.length > 0 || maxAgeSeconds !== undefined
      ? requirement.acrValues
      : [...new Set(unmet.map(({ acr }) => acr).filter((acr) => acr !== ''))]
  if (acrValues.length === 0 && maxAgeSeconds === undefined) throw nothingAsked()
  const { scheme, scope, realm } = options
  return {
    scheme,
    acrValues,
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(scope !== undefined && { scope }),
    ...(realm !== undefined && { realm }),
    description: unmet.some(({ reason }) => reason === 'expired') ? tooOld : levelMissing,
  }
}

const tooOld = 'A more recent authentication is required'
const levelMissing = 'A different authentication level is required'

/**
 * The `WWW-Authenticate` value of a step-up challenge, for a 401 answer.
 *
 * Nothing that is passed in can end the value early or begin another header. Levels, age, scope and realm that have no
 * legal form are refused; in the description, characters that RFC 6750 §3 does not allow are replaced.
 *
 * @throws ProtocolError `invalid_acr`, `invalid_max_age`, `invalid_scope`, `invalid_realm`, `empty_challenge`.
 */
export function formatStepUpChallenge(
  challenge: StepUpChallenge,
  options: {
    /** Where the resource tells of itself (RFC 9728 §5.1). */ resourceMetadata?: string
  } = {},
): string {
  const { scheme, acrValues, maxAgeSeconds, scope, realm, description } = challenge
  if (acrValues.length === 0 && maxAgeSeconds === undefined) throw nothingAsked()
  return formatChallenge(scheme, {
    realm: realm === undefined ? undefined : realmText(realm),
    error: insufficientUserAuthentication,
    error_description: description === undefined ? undefined : descriptionText(description),
    acr_values: acrValues.length === 0 ? undefined : acrValuesText(acrValues),
    max_age: maxAgeSeconds === undefined ? undefined : maxAgeText(maxAgeSeconds),
    scope: scope === undefined ? undefined : scopeText(scope),
    resource_metadata: options.resourceMetadata,
  })
}

/**
 * The step-up challenge in a `WWW-Authenticate` header, the first where there are several. Challenges of other schemes
 * and with other errors are passed over.
 *
 * A step-up challenge that cannot be read in full is an error: acting on half of it would ask the user for less than the
 * resource server wants, and once more after that.
 */
export function findStepUpChallenge(
  header: string | readonly string[] | null | undefined,
): StepUpChallengeReading {
  if (header === null || header === undefined) return { found: false }
  const read = parseChallenges(header)
  return read.ok
    ? stepUpChallengeAmong(read.challenges)
    : { found: false, code: read.code, message: read.message }
}

/** Like {@link findStepUpChallenge}, in a header that has been parsed. */
export function stepUpChallengeAmong(challenges: readonly Challenge[]): StepUpChallengeReading {
  for (const { scheme, parameters } of challenges) {
    const known = tokenSchemes.find((name) => name.toLowerCase() === scheme.toLowerCase())
    if (known && parameters.get('error') === insufficientUserAuthentication) {
      return readStepUpChallenge(known, parameters)
    }
  }
  return { found: false }
}

const tokenSchemes: readonly TokenScheme[] = ['Bearer', 'DPoP']

function readStepUpChallenge(
  scheme: TokenScheme,
  parameters: Challenge['parameters'],
): StepUpChallengeReading {
  const acrText = parameters.get('acr_values')
  const acrValues = acrText === undefined ? [] : parseAcrValues(acrText)
  if (!acrValues) return fault('invalid_acr_values')
  const ageText = parameters.get('max_age')
  const maxAgeSeconds = readMaxAge(ageText)
  if (ageText !== undefined && maxAgeSeconds === undefined) return fault('invalid_max_age')
  if (acrValues.length === 0 && maxAgeSeconds === undefined) return fault('empty_challenge')
  // An empty `scope` is not legal, yet sent; it can only be read as asking for none.
  const scope = parameters.get('scope') || undefined
  if (scope !== undefined && !isScope(scope)) return fault('invalid_scope')
  const realm = parameters.get('realm')
  const description = parameters.get('error_description')
  return {
    found: true,
    challenge: {
      scheme,
      acrValues,
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      ...(scope !== undefined && { scope }),
      ...(realm !== undefined && { realm }),
      ...(description !== undefined && { description }),
    },
  }
}

function fault(code: StepUpChallengeErrorCode): StepUpChallengeReading {
  return { found: false, code, message: `${code} in the step-up challenge` }
}

function nothingAsked(): ProtocolError {
  return new ProtocolError(
    'empty_challenge',
    'acrValues',
    'a step-up challenge must ask for a level or an age',
  )
}
