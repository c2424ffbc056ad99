import { z } from 'zod'
import { duration } from './duration-shape.ts'
import { text } from './text-shape.ts'

export const methodShape = z
  .strictObject({
    enabled: z.boolean().optional().meta({
      description:
        'Whether the provider offers the method. Absent: `true` where a level accepts it.',
    }),
    lifetime: duration(
      'How long one proof of the method stays live. Absent: the longest lifetime of the levels that accept it. `0`: only for the request that it was made for.',
    ),
    highest: text.optional().meta({
      description:
        'The highest level that may accept the method; a document in which a level that this one does not satisfy accepts it is refused. Absent: any may.',
    }),
  })
  .meta({ description: 'What holds for a method beyond the levels that accept it.' })
