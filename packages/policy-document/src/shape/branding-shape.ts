import { z } from 'zod'
import { text } from './text-shape.ts'

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
