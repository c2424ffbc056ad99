import { z } from 'zod'
import { duration } from './duration-shape.ts'

export const lockoutShape = z
  .strictObject({
    attempts: z.int().min(1).max(1000).optional().meta({
      description:
        'Wrong answers to one method after which it is locked for the account. Absent: `5`.',
    }),
    window: duration('Wrong answers older than this are forgotten. Absent: `15m`. `0` is refused.'),
    duration: duration('How long the method stays locked. Absent: `15m`. `0` is refused.'),
    backOff: z
      .strictObject({
        maximum: duration(
          'The longest lock; each further one is twice as long as the one before. As long as `duration`: they do not grow. Absent: `4h`, or `duration` where that is longer.',
        ),
        forgetAfter: duration(
          'How long after its end a lock still makes the next one longer. Absent: `1d`. `0` is refused.',
        ),
      })
      .optional()
      .meta({ description: 'How repeated locks grow.' }),
  })
  .meta({ description: 'What stops guessing.' })
