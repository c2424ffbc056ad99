import { IdentityProviderError } from '../identity-provider-error.ts'

/** Largest logo, in bytes. */
export const logoLimit = 256 * 1024

export interface LogoType {
  readonly extension: 'png' | 'webp' | 'svg'
  readonly contentType: string
}

/** What a logo is by its content, whatever its name. @throws IdentityProviderError `invalid_logo` */
export function logoTypeOf(bytes: Uint8Array): LogoType {
  if (bytes.length > logoLimit) {
    throw new IdentityProviderError('invalid_logo', `the logo has more than ${logoLimit} bytes`)
  }
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  // PNG §5.2, and RFC 9649 §2.4 of WebP.
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return { extension: 'png', contentType: 'image/png' }
  if (start.startsWith('RIFF') && start.endsWith('WEBP'))
    return { extension: 'webp', contentType: 'image/webp' }
  if (isSvg(bytes)) return { extension: 'svg', contentType: 'image/svg+xml' }
  throw new IdentityProviderError('invalid_logo', 'the logo is neither PNG nor WebP nor SVG')
}

/** What may stand before the root of an SVG document. */
const prologue = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<!DOCTYPE svg', '>'],
] as const

function isSvg(bytes: Uint8Array): boolean {
  let rest = textOf(bytes).trimStart()
  for (;;) {
    const part = prologue.find(([open]) => rest.startsWith(open))
    if (part === undefined) return /^<svg[\s/>]/.test(rest)
    const end = rest.indexOf(part[1])
    if (end < 0) return false
    rest = rest.slice(end + part[1].length).trimStart()
  }
}

/** Empty: not UTF-8. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return ''
  }
}
