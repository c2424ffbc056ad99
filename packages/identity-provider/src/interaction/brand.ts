import { createHash } from 'node:crypto'
import { type BrandingConfig, contrastRatio, pageGrounds } from '@newel/policy-document'
import { logoTypeOf } from './logo.ts'
import type { PageBrand } from './pages/index.ts'

/** A file made from the policy document. Its path names its content. */
export interface BrandFile {
  /** Below the issuer's path. */
  readonly path: string
  readonly contentType: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export interface Brand {
  /** What the pages show of it. */
  readonly page: PageBrand
  /** What has to be served for that. */
  readonly files: readonly BrandFile[]
}

/** Absent: the pages keep their own look. @throws IdentityProviderError `invalid_logo` */
export function createBrand(
  branding: BrandingConfig | undefined,
  logo: Uint8Array | undefined,
): Brand | undefined {
  if (branding === undefined && logo === undefined) return undefined
  const { colours, supportUrl, privacyUrl, termsUrl } = branding ?? {}
  const picture = logo && logoFile(logo)
  const sheet =
    colours && file('brand', 'css', 'text/css; charset=utf-8', Buffer.from(brandSheet(colours)))
  return {
    page: {
      ...(picture && { logo: picture.path }),
      ...(sheet && { stylesheet: sheet.path }),
      ...(supportUrl !== undefined && { supportUrl }),
      ...(privacyUrl !== undefined && { privacyUrl }),
      ...(termsUrl !== undefined && { termsUrl }),
    },
    files: [sheet, picture].filter((one) => one !== undefined),
  }
}

/** An SVG may hold scripts: in an `img` none runs, and opened by itself it is in a sandbox. */
function logoFile(bytes: Uint8Array): BrandFile {
  const { extension, contentType } = logoTypeOf(bytes)
  return file('logo', extension, contentType, Buffer.from(bytes), {
    'content-security-policy': "sandbox; default-src 'none'",
  })
}

function file(
  name: string,
  extension: string,
  contentType: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): BrandFile {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { path: `/assets/${name}-${hash}.${extension}`, contentType, body, headers }
}

/** Replaces the accent and what derives from it, in both themes. */
function brandSheet({ accent, accentDark }: NonNullable<BrandingConfig['colours']>): string {
  return `:root {
${theme(accent, pageGrounds.light[1])}}

@media (prefers-color-scheme: dark) {
  :root {
${theme(accentDark, pageGrounds.dark[1])}  }
}
`
}

function theme(accent: string, card: string): string {
  const [onAccent, away] =
    contrastRatio(accent, '#ffffff') >= contrastRatio(accent, '#0b0f0d')
      ? ['#ffffff', '#000000']
      : ['#0b0f0d', '#ffffff']
  const properties = {
    accent,
    // Away from the text on it, so that a button under the pointer stays readable.
    'accent-strong': mix(accent, away, 0.2),
    'on-accent': onAccent,
    'accent-soft': mix(accent, card, 0.5),
    'accent-wash': mix(accent, card, 0.92),
    focus: accent,
  }
  return Object.entries(properties)
    .map(([name, colour]) => `  --${name}: ${colour};\n`)
    .join('')
}

/** `share` of `other` in `colour`, from 0 to 1. */
function mix(colour: string, other: string, share: number): string {
  const parts = [1, 3, 5].map((at) =>
    Math.round(part(colour, at) * (1 - share) + part(other, at) * share)
      .toString(16)
      .padStart(2, '0'),
  )
  return `#${parts.join('')}`
}

/** One of the three parts of `#rrggbb`, from 0 to 255. */
function part(colour: string, at: number): number {
  return Number.parseInt(colour.slice(at, at + 2), 16)
}
