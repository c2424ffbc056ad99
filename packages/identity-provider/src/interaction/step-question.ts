import type { EpochSeconds, Method } from '@newel/policy'
import { enrollableMethods, enrolledMethods, provenMethods } from '../session/reachable.ts'
import { standingRecord } from '../session/session-record.ts'
import type { StepUpDetails } from '../session/interaction-result.ts'
import type { Account } from '../store/index.ts'
import { accountKey } from './attempts.ts'
import { readEnrolment } from './enrolment-progress.ts'
import { type InteractionVisit, provedHere } from './interaction-visit.ts'
import type { StepQuestion } from './next-step.ts'

/** A visit to the step-up of a person who is signed in and may go on. */
export interface StepUpVisit extends InteractionVisit {
  readonly prompt: { readonly name: 'step_up'; readonly stepUp: StepUpDetails }
  readonly session: { readonly uid: string; readonly accountId: string }
  readonly account: Account
}

/** With this many locks' worth of wrong answers an interaction ends, whatever methods they were for. */
const locksPerInteraction = 2

export function attemptLimit({ desk }: InteractionVisit): number {
  return locksPerInteraction * desk.document.lockout.attempts
}

/** Gathers what the next step depends on. */
export async function stepQuestion(visit: StepUpVisit, chosen?: Method): Promise<StepQuestion> {
  const { desk, account, session, credentials, now, cid, state } = visit
  const { requirement, onlyThisRequest } = visit.prompt.stepUp
  const { document, authenticators } = desk
  const ofSession = standingRecord(await desk.readRecord(session.uid), credentials, document)
  const record = [
    ...ofSession.filter(({ request }) => !onlyThisRequest || request === cid),
    ...provedHere(visit),
  ]
  const stored = readEnrolment(state.enrolment)
  // A crash may have come between this note and the credential.
  const enrolment =
    stored?.stage === 'enrolled' && !credentials.some(({ id }) => id === stored.credentialId)
      ? undefined
      : stored
  const enrolledCounts = document.enrolment.satisfiesPendingStepUp
  const counting = credentials.filter(
    ({ id }) => enrolledCounts || enrolment?.stage !== 'enrolled' || id !== enrolment.credentialId,
  )
  const spent = state.spent ?? []
  const enrolled = enrolledMethods(document, authenticators, counting).filter(
    (method) => !spent.includes(method),
  )
  const context = { now, request: cid, enrolled }
  return {
    levels: document.levels,
    requirement,
    record,
    ...context,
    locks: await locksOf(visit, account.id, enrolled),
    ...(chosen === undefined ? {} : { chosen }),
    enrollable: enrollableMethods(document, authenticators, requirement, record, context),
    ...(enrolment === undefined ? {} : { enrolment }),
    enrolledCounts,
    proven: provenMethods(document, authenticators, counting),
    failedAttempts: state.failedAttempts,
    attemptLimit: attemptLimit(visit),
  }
}

async function locksOf(
  { desk, now }: InteractionVisit,
  accountId: string,
  methods: readonly Method[],
): Promise<ReadonlyMap<Method, EpochSeconds>> {
  const locks = await Promise.all(
    methods.map(async (method) => {
      const until = await desk.attempts.lockedUntil(accountKey(accountId, method), now)
      return until === undefined ? [] : [[method, until] as const]
    }),
  )
  return new Map(locks.flat())
}
