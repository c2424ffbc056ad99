import { z } from 'zod'
import { duration } from './duration-shape.ts'

/** How people come in, and come back. */

export const signUpShape = z
  .strictObject({
    open: z.boolean().optional().meta({
      description: 'Whether strangers may make an account. Absent: `false`.',
    }),
    with: z
      .array(z.enum(['password', 'passkey']))
      .min(1)
      .optional()
      .meta({
        description:
          'What an account may begin with; `[passkey]` makes accounts without a password. Absent: what is offered of the two.',
      }),
    verifyEmail: z.boolean().optional().meta({
      description:
        'Whether an account is made only after a code that was sent to its address came back. Absent: `true`.',
    }),
  })
  .meta({ description: 'How strangers make an account.' })

export const recoveryShape = z
  .strictObject({
    password: z.enum(['email-code']).optional().meta({
      description:
        '`email-code`: a forgotten password is replaced after a code that was sent to the address of the account. Absent: by the operator alone.',
    }),
    lostFactor: z
      .strictObject({
        coolDown: duration(
          'Between the request and the removal of what was lost; the owner is told at once and can stop it. Absent: `3d`. Less than `24h` is refused.',
        ),
        finishWithin: duration(
          'After the cool-down, until the request lapses. Absent: `7d`. `0` is refused.',
        ),
      })
      .optional()
      .meta({
        description:
          'Whoever lost a second factor may have it removed after a cool-down. Absent: by the operator alone.',
      }),
  })
  .meta({ description: 'How people come back who lost what they prove themselves with.' })
