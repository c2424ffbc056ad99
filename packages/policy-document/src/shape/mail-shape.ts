import { z } from 'zod'
import { secretReference } from './secret-shape.ts'
import { text } from './text-shape.ts'

export const mailShape = z
  .strictObject({
    from: text.meta({ description: 'Sender, such as `Example ID <id@example.com>`.' }),
    smtp: z
      .strictObject({
        host: text.meta({ description: 'Name or address of the mail server.' }),
        port: z.int().min(1).max(65535).optional().meta({
          description: 'Absent: `587`; `465` for `implicit`, `25` for `none`.',
        }),
        tls: z.enum(['starttls', 'implicit', 'none']).optional().meta({
          description:
            '`starttls`: asked for, and no mail without it. `implicit`: from the first byte. `none`: on loopback alone. Absent: `starttls`; `none` on loopback.',
        }),
        username: text.optional().meta({ description: 'Absent: the server asks for none.' }),
        password: secretReference(
          'Where the password is: `env` or `file`. Needed with `username`.',
        ).optional(),
      })
      .meta({ description: 'The mail server that takes the letters.' }),
  })
  .meta({ description: 'How the provider writes to people.' })
