import { z } from 'zod'
import { duration } from './duration-shape.ts'
import { text } from './text-shape.ts'

export const resourceShape = z
  .strictObject({
    id: text.meta({
      description:
        'The audience of its access tokens: an absolute URI without fragment (RFC 8707).',
    }),
    name: text.optional().meta({ description: 'For the consent page. Absent: the id.' }),
    scopes: z
      .record(text, z.string())
      .optional()
      .meta({ description: 'Scope to a sentence that says what it allows. Absent: no scopes.' }),
    accessTokenLifetime: duration(
      'Longest life of an access token; one that names a level ends with the level. Absent: `5m`. `0` is refused.',
    ),
    accessTokenFormat: z.enum(['jwt', 'opaque']).optional().meta({
      description:
        '`jwt`: the API verifies its tokens itself (RFC 9068). `opaque`: it asks the provider about each (RFC 7662). Absent: `jwt`.',
    }),
  })
  .meta({ description: 'An API that receives access tokens.' })
