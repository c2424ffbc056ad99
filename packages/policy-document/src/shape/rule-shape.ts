import { z } from 'zod'
import { text } from './text-shape.ts'

export const ruleShape = z
  .strictObject({
    name: text.optional().meta({ description: 'For explanations and the audit log.' }),
    match: z.strictObject({
      methods: z
        .array(z.string().regex(/^[A-Za-z]+$/))
        .min(1)
        .optional()
        .meta({ description: 'HTTP methods, any case. Absent: all.' }),
      host: text.optional().meta({ description: 'Host name without port, any case. Absent: all.' }),
      path: text.meta({
        description:
          '`/admin/**` (the path itself and all below), `/accounts/*` or `/accounts/:id` (one segment), or a plain path.',
      }),
    }),
    when: z.string().optional().meta({
      description:
        'A CEL expression over `request` (`method`, `host`, `path`, `query`, `headers`, `body`), such as `request.body.amount >= 1000`. Where it cannot be decided, the request is refused.',
    }),
    require: text.meta({ description: 'The name of a requirement, or `none` for no step-up.' }),
  })
  .meta({ description: 'The first rule that matches a request decides.' })
