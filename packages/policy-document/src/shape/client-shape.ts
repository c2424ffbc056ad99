import { z } from 'zod'
import { duration } from './duration-shape.ts'
import { secretReference } from './secret-shape.ts'
import { text } from './text-shape.ts'

export const clientShape = z
  .strictObject({
    id: text.meta({ description: '`client_id`: printable ASCII without spaces.' }),
    name: text.optional().meta({ description: 'What people see. Absent: the id.' }),
    type: z.enum(['spa', 'public', 'confidential']).optional().meta({
      description:
        '`spa`: an app in the browser, with CORS. `public`: an installed app. `confidential`: a server with a secret. Absent: `spa`.',
    }),
    secret: secretReference(
      'Where the secret is: `env`, the name of an environment variable, or `file`, a path. Only for `confidential`.',
    ).optional(),
    authentication: z.enum(['secret', 'private_key_jwt']).optional().meta({
      description:
        'How a `confidential` client proves that it is itself: by its `secret`, or by signing with a key of its own (RFC 7523). Absent: `secret`; `private_key_jwt` with `profile: fapi2`.',
    }),
    jwks: z
      .strictObject({
        keys: z
          .array(z.record(z.string(), z.unknown()))
          .min(1)
          .meta({ description: 'Public keys as JWKs (RFC 7517).' }),
      })
      .optional()
      .meta({
        description:
          'The public keys that it signs with. Either this or `jwksUri`. Absent: it signs nothing.',
      }),
    jwksUri: text.optional().meta({
      description:
        'Where its public keys are published: `https`, or `http` on loopback. Either this or `jwks`.',
    }),
    redirectUris: z.array(text).min(1).optional().meta({
      description:
        'Compared letter by letter. `https`, `http` on loopback, or a private-use scheme for `public`. Absent: nobody signs in to it in a browser, which only a `confidential` client or one with `deviceFlow` may say.',
    }),
    postLogoutRedirectUris: z
      .array(text)
      .optional()
      .meta({ description: 'Where a person may land after logout. Absent: nowhere.' }),
    minimum: text
      .optional()
      .meta({ description: 'The level that no request can go under. Absent: no such level.' }),
    default: text.optional().meta({
      description: 'The level of a request that names none. Absent: the strongest that is held.',
    }),
    acrValues: z.enum(['strict', 'voluntary']).optional().meta({
      description:
        "`strict`: what was asked and not reached is an error. `voluntary`: OpenID Connect's looser reading. Absent: `strict`.",
    }),
    requirePushedRequests: z.boolean().optional().meta({
      description:
        'Whether it must push its authorization requests (PAR, RFC 9126). Absent: `false`; it may.',
    }),
    signedRequests: z.enum(['optional', 'required']).optional().meta({
      description:
        '`required`: its authorization requests must be signed (JAR, RFC 9101). Absent: `optional`.',
    }),
    profile: z.enum(['fapi2']).optional().meta({
      description:
        '`fapi2`: what the FAPI 2.0 Security Profile asks of a client holds for this one. Absent: none.',
    }),
    clientCredentials: z.boolean().optional().meta({
      description:
        'Whether it may get tokens for itself, without a person; they never name a level. Absent: `false`.',
    }),
    dpop: z.enum(['optional', 'required']).optional().meta({
      description:
        '`required`: its tokens are bound to a key that it proves with every use (DPoP, RFC 9449). Absent: `optional`, as it asks.',
    }),
    consent: z.enum(['none', 'required']).optional().meta({
      description:
        '`required`: the person is asked before the first token. Absent: `none`, for first-party apps.',
    }),
    resources: z.array(text).optional().meta({
      description:
        'Ids of the resources that it may ask for; the first is the default. Absent: none.',
    }),
    scopes: z.array(text).optional().meta({
      description: 'Scopes that it may ask for. Absent: `openid` and every scope of its resources.',
    }),
    refreshTokenLifetime: duration(
      'Life of a refresh token. Absent: `12h`. `0`: no refresh tokens.',
    ),
    deviceFlow: z.boolean().optional().meta({
      description:
        'Whether it may ask for tokens on a device without a browser (RFC 8628). Not for a `spa`. Absent: `false`.',
    }),
    backchannelLogoutUri: text.optional().meta({
      description:
        'Where it is told that a session ended (OpenID Connect Back-Channel Logout). `https`, or `http` on loopback. Absent: it is not told.',
    }),
  })
  .meta({ description: 'A relying party.' })
