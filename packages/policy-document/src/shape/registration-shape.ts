import { z } from 'zod'
import { duration } from './duration-shape.ts'
import { secretReference } from './secret-shape.ts'
import { text } from './text-shape.ts'

export const registrationShape = z
  .strictObject({
    initialAccessToken: secretReference(
      'Where the token is that whoever registers has to know: `env`, the name of an environment variable, or `file`, a path.',
    ),
    redirectOrigins: z.array(text).min(1).meta({
      description:
        'Origins, such as `https://apps.example.com`, at which every address of such a client has to be.',
    }),
    minimum: text.optional().meta({
      description:
        'The level that no request of such a client can go under. Absent: no such level.',
    }),
    default: text.optional().meta({
      description: 'The level of a request that names none. Absent: the strongest that is held.',
    }),
    resources: z.array(text).optional().meta({
      description:
        'Ids of the resources that such a client may ask for; the first is the default. Absent: none.',
    }),
    scopes: z.array(text).optional().meta({
      description:
        'Scopes that such a client may ask for. Absent: `openid` and every scope of the resources.',
    }),
    refreshTokenLifetime: duration(
      'Life of a refresh token. Absent: `12h`. `0`: no refresh tokens.',
    ),
  })
  .meta({ description: 'Relying parties that register themselves (RFC 7591).' })
