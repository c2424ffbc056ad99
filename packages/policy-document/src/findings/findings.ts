import type { PolicyDocument } from '../policy-document.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { findAccentsHardToRead } from './accent-hard-to-read.ts'
import { findClientDefaultBelowMinimum } from './client-default-below-minimum.ts'
import { findClientLevelsOutOfReach } from './client-level-out-of-reach.ts'
import { findCodesWithoutMail } from './code-without-mail.ts'
import type { Discovery } from './discovery.ts'
import { findLevelsNotAbove } from './level-not-above.ts'
import { findLevelsOutOfReach } from './level-out-of-reach.ts'
import { findMaxAgeBeyondLifetime } from './max-age-beyond-lifetime.ts'
import { findMaxAgeTooShort } from './max-age-too-short.ts'
import { findMethodLifetimesTooShort } from './method-lifetime-too-short.ts'
import { findShadowedRules } from './shadowed-rule.ts'
import { findUpstreamsWithoutLevel } from './upstream-without-level.ts'

const finders: readonly ((document: PolicyDocument) => readonly Discovery[])[] = [
  findLevelsOutOfReach,
  findCodesWithoutMail,
  findLevelsNotAbove,
  findMethodLifetimesTooShort,
  findMaxAgeTooShort,
  findMaxAgeBeyondLifetime,
  findShadowedRules,
  findClientDefaultBelowMinimum,
  findClientLevelsOutOfReach,
  findAccentsHardToRead,
  findUpstreamsWithoutLevel,
]

/** Everything in the document that is legal but wrong. */
export function addFindings(document: PolicyDocument, problems: ProblemList): void {
  for (const find of finders) {
    for (const { severity, ...complaint } of find(document))
      problems.addFinding(severity, complaint)
  }
}
