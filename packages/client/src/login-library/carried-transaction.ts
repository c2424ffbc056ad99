import type { StepUpTransaction } from './login-library.ts'

/** The transaction as a library carries it through a redirect, beside what the app keeps there. */
export interface CarriedTransaction {
  readonly newelStepUp: StepUpTransaction
}

/** `undefined`: the redirect was no step-up of ours. */
export function carriedTransaction(state: unknown): StepUpTransaction | undefined {
  if (typeof state !== 'object' || state === null || !('newelStepUp' in state)) return undefined
  const found = state.newelStepUp
  return isTransaction(found) ? found : undefined
}

export function isTransaction(value: unknown): value is StepUpTransaction {
  return (
    typeof value === 'object' &&
    value !== null &&
    'issuer' in value &&
    typeof value.issuer === 'string' &&
    'subject' in value &&
    typeof value.subject === 'string' &&
    'beganAt' in value &&
    typeof value.beganAt === 'number' &&
    'requirement' in value &&
    typeof value.requirement === 'object' &&
    value.requirement !== null &&
    'acrValues' in value.requirement &&
    Array.isArray(value.requirement.acrValues)
  )
}
