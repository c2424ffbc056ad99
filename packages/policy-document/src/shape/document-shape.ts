import { z } from 'zod'
import { alternativePattern } from '../alternative.ts'
import { methodNames } from '../method-names.ts'
import { pageLanguages } from '../page-languages.ts'
import { upstreamShape } from './upstream-shape.ts'
import { duration, durationShape, durationSyntax } from './duration-shape.ts'
import { recoveryShape, signUpShape } from './people-shapes.ts'

/** Keys and types of the document, with the sentences that editors show. What they mean together: `sections/`. */

const text = z.string().min(1)

const levelNames = (
  description: string,
): z.ZodOptional<z.ZodUnion<readonly [typeof text, z.ZodArray<typeof text>]>> =>
  z
    .union([text, z.array(text).min(1)])
    .optional()
    .meta({ description })

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

const uris = z.array(text)

export const clientShape = z
  .strictObject({
    id: text.meta({ description: '`client_id`: printable ASCII without spaces.' }),
    name: text.optional().meta({ description: 'What people see. Absent: the id.' }),
    type: z.enum(['spa', 'public', 'confidential']).optional().meta({
      description:
        '`spa`: an app in the browser, with CORS. `public`: an installed app. `confidential`: a server with a secret. Absent: `spa`.',
    }),
    secret: z
      .strictObject({
        env: text
          .optional()
          .meta({ description: 'Name of the environment variable that holds it.' }),
        file: text.optional().meta({ description: 'Path of the file that holds it.' }),
      })
      .optional()
      .meta({
        description:
          'Where the secret is: `env`, the name of an environment variable, or `file`, a path. Only for `confidential`.',
        minProperties: 1,
        maxProperties: 1,
      }),
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
    redirectUris: uris.min(1).optional().meta({
      description:
        'Compared letter by letter. `https`, `http` on loopback, or a private-use scheme for `public`. Absent: nobody signs in to it in a browser, which only a `confidential` client or one with `deviceFlow` may say.',
    }),
    postLogoutRedirectUris: uris
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

export const registrationShape = z
  .strictObject({
    initialAccessToken: z
      .strictObject({
        env: text
          .optional()
          .meta({ description: 'Name of the environment variable that holds it.' }),
        file: text.optional().meta({ description: 'Path of the file that holds it.' }),
      })
      .meta({
        description:
          'Where the token is that whoever registers has to know: `env`, the name of an environment variable, or `file`, a path.',
        minProperties: 1,
        maxProperties: 1,
      }),
    redirectOrigins: uris.min(1).meta({
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

export const sessionShape = z
  .strictObject({
    lifetime: duration('How long a login lasts at the provider. Absent: `12h`. `0` is refused.'),
  })
  .meta({ description: 'The session of a person at the provider.' })

export const enrolmentShape = z
  .strictObject({
    duringStepUp: z.boolean().optional().meta({
      description: 'Whether a person may enrol what a step-up lacks. Absent: `true`.',
    }),
    satisfiesPendingStepUp: z.boolean().optional().meta({
      description:
        'Whether what was just enrolled satisfies that step-up by itself. Absent: `false`.',
    }),
  })
  .meta({ description: 'Adding authenticators.' })

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
        password: z
          .strictObject({
            env: text
              .optional()
              .meta({ description: 'Name of the environment variable that holds it.' }),
            file: text.optional().meta({ description: 'Path of the file that holds it.' }),
          })
          .optional()
          .meta({
            description: 'Where the password is: `env` or `file`. Needed with `username`.',
            minProperties: 1,
            maxProperties: 1,
          }),
      })
      .meta({ description: 'The mail server that takes the letters.' }),
  })
  .meta({ description: 'How the provider writes to people.' })

const colour = (description: string): z.ZodString =>
  z.string().meta({ description, pattern: '^#[0-9A-Fa-f]{6}$' })

/** What a colour and an address are is checked in the section. */
export const brandingShape = z
  .strictObject({
    logo: text.optional().meta({
      description:
        'Path of a PNG, SVG or WebP file of at most 256 KiB, from the folder of the document. Absent: a newel post.',
    }),
    colours: z
      .strictObject({
        accent: colour('Colour of buttons and links, as six hexadecimal digits: `#24594f`.'),
        accentDark: colour('The same in the dark theme. Absent: `accent`.').optional(),
      })
      .optional()
      .meta({ description: "Absent: the pages' own green." }),
    supportUrl: text.optional().meta({ description: 'Where people find help: `https`.' }),
    privacyUrl: text.optional().meta({ description: 'The privacy notice: `https`.' }),
    termsUrl: text.optional().meta({ description: 'The terms of use: `https`.' }),
  })
  .meta({ description: 'How the pages look, and where their foot leads.' })

export const documentShape = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'For editors; not read.' }),
    issuer: text.meta({
      description:
        'The address of the provider: `https`, or `http` on localhost; no query, no fragment.',
    }),
    name: text
      .optional()
      .meta({ description: 'What the pages call the provider. Absent: the host of the issuer.' }),
    language: z.enum(pageLanguages).optional().meta({
      description:
        'The language of the pages for people who asked for none that they speak. Absent: `en`.',
    }),
    branding: brandingShape.optional().meta({
      description: 'How the pages look. Absent: as they come.',
    }),
    levels: z
      .record(text, levelShape)
      .meta({ description: 'The levels by name, the weakest first by custom.', minProperties: 1 }),
    requirements: z.record(text, requirementShape).optional().meta({
      description: 'Requirements by name, so that code, rules and audit speak of the same thing.',
    }),
    rules: z.array(ruleShape).optional().meta({ description: 'First match wins.' }),
    methods: z
      .partialRecord(z.enum(methodNames), methodShape)
      .optional()
      .meta({ description: 'Methods by name. Absent: those that a level accepts are offered.' }),
    resources: z.array(resourceShape).optional().meta({ description: 'The APIs. Absent: none.' }),
    clients: z
      .array(clientShape)
      .optional()
      .meta({ description: 'The relying parties. Absent: none.' }),
    upstreams: z.array(upstreamShape).optional().meta({
      description: 'Other OpenID providers through which people sign in. Absent: none.',
    }),
    registration: registrationShape.optional().meta({
      description:
        'What relying parties get that register themselves. Absent: only the clients of the document exist.',
    }),
    session: sessionShape.optional(),
    enrolment: enrolmentShape.optional(),
    lockout: lockoutShape.optional(),
    mail: mailShape.optional().meta({
      description: 'How the provider writes to people. Absent: it sends no mail.',
    }),
    signUp: signUpShape.optional().meta({
      description: 'How strangers make an account. Absent: they cannot.',
    }),
    recovery: recoveryShape.optional().meta({
      description:
        'How people come back who lost what they prove themselves with. Absent: by the operator alone.',
    }),
  })
  .meta({ title: 'Newel policy document' })
