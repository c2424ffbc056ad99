import { checkShape } from '../shape/check-shape.ts'
import { brandingShape } from '../shape/branding-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { pageLinkFault } from './uris.ts'

/** How the pages look, and where their foot leads. */
export interface BrandingConfig {
  /** Path of a picture, from the folder of the document; it is read by whoever serves. Absent: a newel post. */
  readonly logo?: string
  /** Colour of buttons and links, each as `#rrggbb` in lower case. Absent: the pages' own green. */
  readonly colours?: {
    readonly accent: string
    /** In the dark theme. Absent in the document: `accent`. */
    readonly accentDark: string
  }
  readonly supportUrl?: string
  readonly privacyUrl?: string
  readonly termsUrl?: string
}

const links = ['supportUrl', 'privacyUrl', 'termsUrl'] as const

/** Absent: the pages keep their own look. */
export function readBranding(value: unknown, problems: ProblemList): BrandingConfig | undefined {
  if (value === undefined) return undefined
  const branding = checkShape(brandingShape, value, ['branding'], problems)
  if (branding === undefined) return undefined
  for (const key of links) {
    const fault = branding[key] === undefined ? undefined : pageLinkFault(branding[key])
    if (fault) problems.add({ code: 'invalid_link', path: ['branding', key], ...fault })
  }
  const { colours, logo } = branding
  if (logo !== undefined && !/\.(?:png|svg|webp)$/i.test(logo)) {
    problems.add({
      code: 'invalid_logo',
      path: ['branding', 'logo'],
      message: `\`${logo}\` is no picture that the pages show`,
      mend: 'write the path of a `.png`, `.svg` or `.webp` file',
    })
  }
  const accent = colours && readColour(colours.accent, 'accent', problems)
  const accentDark =
    colours?.accentDark === undefined
      ? accent
      : readColour(colours.accentDark, 'accentDark', problems)
  return {
    ...(logo !== undefined && { logo }),
    ...(accent !== undefined && accentDark !== undefined && { colours: { accent, accentDark } }),
    ...(branding.supportUrl !== undefined && { supportUrl: branding.supportUrl }),
    ...(branding.privacyUrl !== undefined && { privacyUrl: branding.privacyUrl }),
    ...(branding.termsUrl !== undefined && { termsUrl: branding.termsUrl }),
  }
}

/** Six hexadecimal digits and nothing else: the text goes into a style sheet. */
function readColour(text: string, key: string, problems: ProblemList): string | undefined {
  if (/^#[0-9a-f]{6}$/i.test(text)) return text.toLowerCase()
  problems.add({
    code: 'invalid_colour',
    path: ['branding', 'colours', key],
    message: `\`${text}\` is not a colour of six hexadecimal digits`,
    mend: "write it in quotes, such as `'#24594f'`",
  })
  return undefined
}
