import { z } from 'zod'
import { secretReference } from './secret-shape.ts'
import { text } from './text-shape.ts'

export const acceptedAnswerShape = z
  .strictObject({
    name: text.meta({
      description:
        'Lower-case letters, digits and hyphens. Levels accept the answer as `federated:<upstream>/<name>`.',
    }),
    acr: z
      .union([text, z.array(text).min(1)])
      .optional()
      .meta({
        description:
          'The `acr` that the answer must have, or several of which any will do; asked for in this order in a step-up.',
      }),
    amr: z
      .array(text)
      .min(1)
      .optional()
      .meta({ description: 'Values that must all be in the `amr` of the answer.' }),
    any: z
      .literal(true)
      .optional()
      .meta({ description: 'In the place of `acr` and `amr`: whatever the answer says of them.' }),
  })
  .meta({ description: 'An answer of the upstream that counts, and under which name.' })

export const upstreamShape = z
  .strictObject({
    id: text.meta({
      description:
        'Lower-case letters, digits and hyphens: part of the callback address and of method names.',
    }),
    name: text.optional().meta({ description: 'What the button says. Absent: the id.' }),
    issuer: text.meta({
      description:
        'The address of the provider, as its discovery document has it: `https`, or `http` on localhost.',
    }),
    clientId: text.meta({ description: 'What the upstream calls this provider.' }),
    secret: secretReference(
      'Where the client secret is: `env` or `file`. Absent: a public client.',
    ).optional(),
    scopes: z.array(text).optional().meta({
      description: 'Scopes to ask for; `openid` always is. Absent: `openid` alone.',
    }),
    authTime: z.enum(['required', 'assumed']).optional().meta({
      description:
        '`required`: an answer without `auth_time` proves nothing. `assumed`: at sign-in it counts as proved when it was given; never in a step-up. Absent: `required`.',
    }),
    provision: z.boolean().optional().meta({
      description:
        'Whether somebody without an account here gets one at the first sign-in. Absent: `false`.',
    }),
    trustEmail: z.boolean().optional().meta({
      description:
        'With `provision`: whether an address that the upstream calls verified becomes the verified address of the new account. Absent: `false`, and no address is taken.',
    }),
    accept: z.array(acceptedAnswerShape).min(1).meta({
      description:
        'The answers that count. One that fits none says who it is, and proves no method.',
    }),
  })
  .meta({ description: 'An OpenID provider through which people sign in.' })
