import { checkShape } from '../shape/check-shape.ts'
import { registrationShape } from '../shape/registration-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { grantedResources, grantedScopes } from './granted-access.ts'
import { type LevelsSection, acrOf } from './levels-section.ts'
import type { ResourceConfig } from './resources-section.ts'
import { type SecretReference, readSecretReference } from './secret-reference.ts'
import { secondsOf } from './section.ts'
import { redirectUriFault } from './uris.ts'

/** What relying parties get that register themselves (RFC 7591). None can ask for more. */
export interface RegistrationConfig {
  /** What whoever registers has to know. */
  readonly initialAccessToken: SecretReference
  /** Origins at which every address of such a client is. */
  readonly redirectOrigins: readonly string[]
  /** Wire value of the level that no request of such a client can go under. Absent: none. */
  readonly minimum?: string
  /** Wire value of the level of a request that names none. Absent: the strongest that is held. */
  readonly default?: string
  /** Ids of the resources that such a client may ask for; the first is the default. */
  readonly resources: readonly string[]
  /** Scopes that such a client may ask for; `openid` is always among them. */
  readonly scopes: readonly string[]
  /** `0`: no refresh tokens. */
  readonly refreshTokenLifetimeSeconds: number
}

/** Absent: only the clients of the document exist. */
export function readRegistration(
  value: unknown,
  levels: LevelsSection,
  resources: readonly ResourceConfig[],
  problems: ProblemList,
): RegistrationConfig | undefined {
  if (value === undefined) return undefined
  const stated = checkShape(registrationShape, value, ['registration'], problems)
  if (stated === undefined) return undefined
  for (const [index, origin] of stated.redirectOrigins.entries()) {
    checkOrigin(origin, index, problems)
  }
  const initialAccessToken = readSecretReference(
    stated.initialAccessToken,
    'the token',
    ['registration', 'initialAccessToken'],
    problems,
  )
  if (initialAccessToken === undefined) return undefined
  const minimum = acrOf(stated.minimum, levels, ['registration', 'minimum'], problems)
  const byDefault = acrOf(stated.default, levels, ['registration', 'default'], problems)
  const granted = grantedResources(stated, resources, ['registration', 'resources'], problems)
  const named = { id: 'registration', scopes: stated.scopes }
  return {
    initialAccessToken,
    redirectOrigins: stated.redirectOrigins,
    ...(minimum !== undefined && { minimum }),
    ...(byDefault !== undefined && { default: byDefault }),
    resources: granted.map((resource) => resource.id),
    scopes: grantedScopes(named, granted, ['registration', 'scopes'], problems),
    refreshTokenLifetimeSeconds: secondsOf(
      stated.refreshTokenLifetime,
      ['registration', 'refreshTokenLifetime'],
      problems,
      12 * 3600,
    ),
  }
}

function checkOrigin(origin: string, index: number, problems: ProblemList): void {
  const path = ['registration', 'redirectOrigins', index]
  const fault = redirectUriFault(origin, 'confidential')
  if (fault) {
    problems.add({ code: 'invalid_origin', path, ...fault })
  } else if (new URL(origin).origin !== origin) {
    problems.add({
      code: 'invalid_origin',
      path,
      message: `\`${origin}\` is no origin`,
      mend: `write \`${new URL(origin).origin}\`: scheme, host and port alone`,
    })
  }
}
