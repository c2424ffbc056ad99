import { explain, plan } from '@newel/policy'
import type {
  AuthenticationRecord,
  Explanation,
  Method,
  Plan,
  Requirement,
  RuleMatch,
} from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import { exitCodes } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import type { Question } from './question.ts'

/** The authorization request that `--proved totp=request` speaks of. */
export const requestAtHand = 'request'

export interface Situation {
  readonly now: number
  readonly record: AuthenticationRecord
  /** Absent: whatever the document offers. */
  readonly enrolled?: readonly Method[]
}

export interface Answer extends Question {
  /** Present with a requirement. */
  readonly judged?: {
    readonly requirement: Requirement
    readonly explanation: Explanation
    /** Of methods that the document offers. */
    readonly plans: readonly Plan[]
  }
}

export function answerTo(
  document: PolicyDocument,
  question: Question,
  { now, record, enrolled }: Situation,
): Answer {
  const { requirement } = question
  if (!requirement) return question
  const context = { now, request: requestAtHand }
  const offered = [...document.methods].flatMap(([method, { enabled }]) =>
    enabled ? [method] : [],
  )
  const able = offered.filter((method) => enrolled?.includes(method) ?? true)
  return {
    ...question,
    judged: {
      requirement,
      explanation: explain(document.levels, requirement, record, context),
      plans: plan(document.levels, requirement, record, { ...context, enrolled: able }),
    },
  }
}

/** No: what is asked is not satisfied, or whoever asks the rules must refuse. */
export function exitCodeOf({ match, judged }: Answer): ExitCode {
  if (judged) return judged.explanation.decision.satisfied ? exitCodes.ok : exitCodes.no
  return match && refuses(match) ? exitCodes.no : exitCodes.ok
}

export function refuses({ kind }: RuleMatch): boolean {
  return kind === 'ambiguous' || kind === 'undecidable'
}
