import {
  type AuthenticationRecord,
  type Levels,
  type Method,
  type PlanContext,
  type Requirement,
  plan,
} from '@newel/policy'
import { type PolicyDocument, isFederated } from '@newel/policy-document'
import type { Authenticators } from '../authenticators/index.ts'
import {
  federatedMethods,
  provenMethods as provenAtUpstreams,
} from '../federation/federated-methods.ts'
import type { Credential } from '../store/index.ts'

/** The methods that a person can prove with these credentials, of those that the document offers. */
export function enrolledMethods(
  document: PolicyDocument,
  authenticators: Authenticators,
  credentials: readonly Credential[],
): readonly Method[] {
  const able = authenticators.all.flatMap((authenticator) => authenticator.available(credentials))
  return [...new Set([...able, ...federatedMethods(document, credentials)])].filter(
    (method) => document.methods.get(method)?.enabled === true,
  )
}

/**
 * Those of {@link enrolledMethods} that the person is known to be able to: what has to be proved before a change of the
 * account must not be something that an upstream never proves for them.
 */
export function provenMethods(
  document: PolicyDocument,
  authenticators: Authenticators,
  credentials: readonly Credential[],
): readonly Method[] {
  const proven = provenAtUpstreams(document, credentials)
  return enrolledMethods(document, authenticators, credentials).filter(
    (method) => !isFederated(method) || proven.includes(method),
  )
}

/** The methods that a person may set up on the way, one of which would make the requirement reachable. */
export function enrollableMethods(
  document: PolicyDocument,
  authenticators: Authenticators,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: PlanContext,
): readonly Method[] {
  if (!document.enrolment.duringStepUp) return []
  const offered = authenticators.all
    // Recovery codes stand in for a factor that is there, and are not the first one.
    .filter(({ id }) => id !== 'password' && id !== 'recovery-code')
    .flatMap(({ proves }) => proves)
    .filter((method) => document.methods.get(method)?.enabled === true)
    .filter((method) => !context.enrolled.includes(method))
  return offered.filter((method) =>
    canReach(document.levels, requirement, record, {
      ...context,
      enrolled: [...context.enrolled, method],
    }),
  )
}

export function canReach(
  levels: Levels,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: PlanContext,
): boolean {
  return plan(levels, requirement, record, context).length > 0
}
