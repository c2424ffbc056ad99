import type { PolicyDocument } from '../policy-document.ts'
import { lockoutShape } from '../shape/lockout-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { positiveSecondsOf, settingsOf } from './section.ts'

const usualMaximum = 4 * 3600

export function readLockout(value: unknown, problems: ProblemList): PolicyDocument['lockout'] {
  const path = ['lockout'] as const
  const lockout = settingsOf(lockoutShape, value, path, problems)
  const durationSeconds = positiveSecondsOf(lockout.duration, [...path, 'duration'], problems, 900)
  const maximumPath = [...path, 'backOff', 'maximum']
  const maximumSeconds = positiveSecondsOf(
    lockout.backOff?.maximum,
    maximumPath,
    problems,
    Math.max(usualMaximum, durationSeconds),
  )
  if (maximumSeconds < durationSeconds) {
    problems.add({
      code: 'invalid_duration',
      path: maximumPath,
      message: `\`maximum\` is shorter than the first lock, of ${durationSeconds} seconds`,
      mend: 'make it at least as long as `duration`',
    })
  }
  return {
    attempts: lockout.attempts ?? 5,
    windowSeconds: positiveSecondsOf(lockout.window, [...path, 'window'], problems, 900),
    durationSeconds,
    backOff: {
      maximumSeconds,
      forgetAfterSeconds: positiveSecondsOf(
        lockout.backOff?.forgetAfter,
        [...path, 'backOff', 'forgetAfter'],
        problems,
        24 * 3600,
      ),
    },
  }
}
