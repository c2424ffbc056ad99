import { z } from 'zod'
import { duration } from './duration-shape.ts'
import { text } from './text-shape.ts'

const levelNames = (
  description: string,
): z.ZodOptional<z.ZodUnion<readonly [typeof text, z.ZodArray<typeof text>]>> =>
  z
    .union([text, z.array(text).min(1)])
    .optional()
    .meta({ description })

export const requirementShape = z
  .strictObject({
    level: levelNames(
      'The level asked, or several of which any is enough, the preferred first. Absent: any, and only the age is judged.',
    ),
    maxAge: duration(
      'Oldest acceptable proof. Absent: any age that the lifetime of the level allows. `0`: a proof made for this very request.',
    ),
    transaction: z
      .boolean()
      .optional()
      .meta({ description: 'Bind the proof to the exact action. Absent: `false`.' }),
  })
  .meta({ description: 'What an action asks of an authentication.' })
