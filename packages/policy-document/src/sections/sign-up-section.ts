import type { Method } from '@newel/policy'
import { checkShape } from '../shape/check-shape.ts'
import { signUpShape } from '../shape/people-shapes.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { MethodConfig } from './methods-section.ts'

/** How a stranger makes an account. */
export interface SignUpConfig {
  /** What an account may begin with, at least one. With `passkey` alone there is no password at all. */
  readonly methods: readonly SignUpMethod[]
  /** Whether the account is made only after a code that was sent to its address came back. */
  readonly verifyEmail: boolean
}

export type SignUpMethod = 'password' | 'passkey'

export interface StatedSignUp {
  readonly open: boolean
  /** Absent: whatever of the two the provider offers. */
  readonly methods?: readonly SignUpMethod[]
  readonly verifyEmail: boolean
}

export function readSignUp(
  value: unknown,
  mail: boolean,
  problems: ProblemList,
): StatedSignUp | undefined {
  if (value === undefined) return undefined
  const stated = checkShape(signUpShape, value, ['signUp'], problems)
  if (stated === undefined) return undefined
  const { open = false, with: methods, verifyEmail = true } = stated
  if (open && verifyEmail && !mail) {
    problems.add({
      code: 'mail_needed',
      path: ['signUp'],
      message: 'nobody can verify an address without `mail`',
      mend: 'add `mail`, or write `verifyEmail: false`',
    })
  }
  return { open, verifyEmail, ...(methods !== undefined && { methods }) }
}

/** Absent: closed. */
export function settleSignUp(
  stated: StatedSignUp | undefined,
  methods: ReadonlyMap<Method, MethodConfig>,
  problems: ProblemList,
): SignUpConfig | undefined {
  if (stated?.open !== true) return undefined
  const offered = (method: Method): boolean => methods.get(method)?.enabled === true
  const missing = stated.methods?.find((method) => !offered(method))
  const usable = (stated.methods ?? (['password', 'passkey'] as const)).filter(offered)
  if (missing !== undefined || usable.length === 0) {
    problems.add({
      code: 'sign_up_method_not_offered',
      path: stated.methods === undefined ? ['signUp'] : ['signUp', 'with'],
      message:
        missing === undefined
          ? 'an account begins with a password or a passkey, and neither is offered'
          : `nobody can begin with \`${missing}\`, which is not offered`,
      mend: 'name a method that a level accepts and `methods` does not switch off',
    })
  }
  return { methods: [...new Set(usable)], verifyEmail: stated.verifyEmail }
}
