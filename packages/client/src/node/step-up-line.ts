import type { EpochSeconds, Requirement } from '@newel/policy'
import { isStepUpErrorCode, StepUpError, type StepUpErrorCode } from '../errors.ts'

/** Where the processes of one login wait for each other, so that the person is asked one thing at a time. */
export interface StepUpLine {
  /**
   * Run work while no other process asks the person. `onHeld` is to be called once where another does; one that is never
   * called only leaves the person without a word. @throws the signal's reason
   */
  exclusively<Result>(
    work: () => Promise<Result>,
    signal: AbortSignal,
    onHeld?: () => void,
  ): Promise<Result>
  /** What the last one left for those who waited. It holds no secret. */
  read(): Promise<string | undefined>
  write(text: string | undefined): Promise<void>
}

/** That a person turned a step-up down, for the processes that were waiting to ask them the same. */
export interface Refusal {
  readonly subject: string
  readonly requirement: Requirement
  readonly scope: string
  readonly code: StepUpErrorCode
  readonly providerError?: string
  /** On this machine's clock. */
  readonly at: EpochSeconds
}

/** What the person or the provider said to what was asked. An abort or a failure on the way is nobody's answer. */
export function refusalIn(
  error: unknown,
  asked: Pick<Refusal, 'subject' | 'requirement' | 'scope' | 'at'>,
): Refusal | undefined {
  if (!(error instanceof StepUpError)) return undefined
  const { code, providerError } = error
  return { ...asked, code, ...(providerError === undefined ? {} : { providerError }) }
}

/** `undefined`: nothing is noted, or nothing that can be read, which only ever asks once more. */
export function parseRefusal(text: string | undefined): Refusal | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRefusal(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function errorOf({ code, providerError }: Refusal, requirement: Requirement): StepUpError {
  return new StepUpError(
    code,
    'the person was asked by another process meanwhile, and it came to nothing',
    requirement,
    providerError === undefined ? {} : { providerError },
  )
}

function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== 'object' || value === null) return false
  const { subject, requirement, scope, code, at } = value as Readonly<Record<string, unknown>>
  return (
    typeof subject === 'string' &&
    typeof scope === 'string' &&
    typeof at === 'number' &&
    typeof code === 'string' &&
    isStepUpErrorCode(code) &&
    typeof requirement === 'object' &&
    requirement !== null &&
    'acrValues' in requirement &&
    Array.isArray(requirement.acrValues)
  )
}
