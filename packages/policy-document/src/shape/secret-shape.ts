import { z } from 'zod'
import { text } from './text-shape.ts'

/** Where a secret is, which is never in the document itself. */
export const secretReference = (description: string) =>
  z
    .strictObject({
      env: text.optional().meta({ description: 'Name of the environment variable that holds it.' }),
      file: text.optional().meta({ description: 'Path of the file that holds it.' }),
    })
    .meta({ description, minProperties: 1, maxProperties: 1 })
