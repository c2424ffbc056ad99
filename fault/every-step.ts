import { logout, sessionEnd } from './logout-steps.ts'
import { signUp } from './sign-up-step.ts'
import { type Step, steps } from './steps.ts'

export const everyStep: readonly Step[] = [
  ...steps,
  { name: 'sign-up', prepare: signUp },
  { name: 'logout', prepare: logout },
  { name: 'end of session', prepare: sessionEnd },
]
