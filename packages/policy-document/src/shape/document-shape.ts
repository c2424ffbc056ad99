import { z } from 'zod'
import { methodNames } from '../method-names.ts'
import { pageLanguages } from '../page-languages.ts'
import { brandingShape } from './branding-shape.ts'
import { clientShape } from './client-shape.ts'
import { duration } from './duration-shape.ts'
import { levelShape } from './level-shape.ts'
import { lockoutShape } from './lockout-shape.ts'
import { mailShape } from './mail-shape.ts'
import { methodShape } from './method-shape.ts'
import { recoveryShape, signUpShape } from './people-shapes.ts'
import { registrationShape } from './registration-shape.ts'
import { requirementShape } from './requirement-shape.ts'
import { resourceShape } from './resource-shape.ts'
import { ruleShape } from './rule-shape.ts'
import { text } from './text-shape.ts'
import { upstreamShape } from './upstream-shape.ts'

/** Keys and types of the document, with the sentences that editors show. What they mean together: `sections/`. */

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
