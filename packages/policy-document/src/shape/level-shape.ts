import { z } from 'zod'
import { alternativePattern } from '../alternative.ts'
import { durationShape, durationSyntax } from './duration-shape.ts'
import { text } from './text-shape.ts'

export const levelShape = z
  .strictObject({
    acr: text
      .optional()
      .meta({ description: 'The value on the wire (`acr`). Absent: the name of the level.' }),
    accepts: z
      .array(z.string().meta({ pattern: alternativePattern }))
      .min(1)
      .meta({
        description:
          'Alternatives, any of which proves the level; each a method or several joined by `+`, such as `password + totp`.',
      }),
    lifetime: durationShape.meta({
      description: `How long the level holds after it was proved. \`0\`: only for the request that proved it. ${durationSyntax}`,
    }),
    satisfies: z.array(text).optional().meta({
      description:
        'Levels that this one satisfies. Absent: every level of which each alternative here contains one. `[]`: none.',
    }),
  })
  .meta({ description: 'A named class of assurance.' })
