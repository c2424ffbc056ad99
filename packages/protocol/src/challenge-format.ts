import { ProtocolError } from './errors.ts'
import { isScope } from './value-list.ts'

/** The schemes by which access tokens are presented (RFC 6750, RFC 9449 §7.1). */
export type TokenScheme = 'Bearer' | 'DPoP'

/** Longest description sent, in characters; what is longer is cut. */
export const longestDescription = 500
/** Longest realm sent, in characters. */
export const longestRealm = 255

/**
 * One challenge: the scheme, then every parameter that has a value, quoted and comma separated. Values come from the
 * functions below; the two characters that would end a quoted text early are escaped (RFC 9110 §5.6.4).
 */
export function formatChallenge(
  scheme: TokenScheme,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const written = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value.replace(/["\\]/g, '\\$&')}"`],
  )
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

/**
 * A description fit for `error_description`: what RFC 6750 §3 does not allow there gives way to its nearest relative.
 * A description only informs people, so a strange character in it must not turn a refusal into a failure.
 */
export function descriptionText(description: string): string {
  return description
    .slice(0, longestDescription)
    .replaceAll('"', "'")
    .replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

/** @throws ProtocolError `invalid_realm` where it is not visible ASCII and spaces. */
export function realmText(realm: string): string {
  if (realm.length <= longestRealm && /^[\x20-\x7e]*$/.test(realm)) return realm
  throw new ProtocolError(
    'invalid_realm',
    'realm',
    `\`realm\` must be at most ${longestRealm} characters of visible ASCII and spaces`,
  )
}

/** @throws ProtocolError `invalid_scope` where it is not a list of scope values (RFC 6749 §3.3). */
export function scopeText(scope: string): string {
  if (isScope(scope)) return scope
  throw new ProtocolError(
    'invalid_scope',
    'scope',
    '`scope` must be values of visible ASCII without quotation marks and backslashes, one space between them',
  )
}
