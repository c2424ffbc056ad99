import type { LevelDefinition, Method } from '@newel/policy'
import { checkShape } from '../shape/check-shape.ts'
import { recoveryShape } from '../shape/people-shapes.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { MethodConfig } from './methods-section.ts'
import { positiveSecondsOf } from './section.ts'

/** How people come back who lost what they prove themselves with. Each part absent: they ask the operator. */
export interface RecoveryConfig {
  /** What a forgotten password is replaced after. */
  readonly password?: 'email-code'
  readonly lostFactor?: LostFactorConfig
}

export interface LostFactorConfig {
  /** Between the request and the removal of the factor. */
  readonly coolDownSeconds: number
  /** After the cool-down, until the request lapses. */
  readonly finishWithinSeconds: number
}

/** A day: so long does it take until a letter is read by somebody who sleeps. */
const shortestCoolDownSeconds = 24 * 3600
const coolDownSeconds = 3 * 24 * 3600
const finishWithinSeconds = 7 * 24 * 3600

export function readRecovery(value: unknown, mail: boolean, problems: ProblemList): RecoveryConfig {
  if (value === undefined) return {}
  const stated = checkShape(recoveryShape, value, ['recovery'], problems) ?? {}
  const { password, lostFactor } = stated
  for (const [key, part] of Object.entries({ password, lostFactor })) {
    if (part === undefined || mail) continue
    problems.add({
      code: 'mail_needed',
      path: ['recovery', key],
      message: `\`recovery.${key}\` sends letters, and there is no \`mail\``,
      mend: 'add `mail`, or remove the key',
    })
  }
  return {
    ...(password !== undefined && { password }),
    ...(lostFactor !== undefined && { lostFactor: settleLostFactor(lostFactor, problems) }),
  }
}

/** Whoever reads the mailbox could set the password and receive the code: two names for one proof. */
export function checkResetReach(
  { password }: RecoveryConfig,
  stated: readonly LevelDefinition[],
  methods: ReadonlyMap<Method, MethodConfig>,
  problems: ProblemList,
): void {
  if (password === undefined || methods.get('email-code')?.enabled !== true) return
  for (const { name, accepts } of stated) {
    const place = accepts.findIndex(
      (way) =>
        way.includes('password') &&
        way.includes('email-code') &&
        way.every((method) => method === 'password' || method === 'email-code'),
    )
    if (place === -1) continue
    problems.add({
      code: 'mailbox_reaches_level',
      path: ['levels', name, 'accepts', place],
      message: `whoever reads the mailbox alone would reach \`${name}\`: it resets the password and receives the code`,
      mend: 'add another method to this way, or remove `recovery.password`',
    })
  }
}

function settleLostFactor(
  stated: NonNullable<ReturnType<typeof recoveryShape.parse>['lostFactor']>,
  problems: ProblemList,
): LostFactorConfig {
  const path = ['recovery', 'lostFactor']
  const coolDown = positiveSecondsOf(
    stated.coolDown,
    [...path, 'coolDown'],
    problems,
    coolDownSeconds,
  )
  if (coolDown < shortestCoolDownSeconds) {
    problems.add({
      code: 'cool_down_too_short',
      path: [...path, 'coolDown'],
      message: 'a cool-down of less than a day leaves the owner no time to read the notice',
      mend: 'write `24h` or more',
    })
  }
  return {
    coolDownSeconds: coolDown,
    finishWithinSeconds: positiveSecondsOf(
      stated.finishWithin,
      [...path, 'finishWithin'],
      problems,
      finishWithinSeconds,
    ),
  }
}
