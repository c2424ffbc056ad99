/**
 * Lists of values separated by spaces, as `acr_values` and `scope` are. A value is visible ASCII without quotation
 * mark and backslash (RFC 6749 appendix A.4), so that it stands in a header without escapes and has one spelling only.
 */

/** Longest list on the wire, in characters. Real ones stay under a few hundred. */
export const longestValueList = 4096
/** Longest `acr` value, in characters. */
export const longestAcrValue = 255
/** Most values in one `acr_values`. */
export const mostAcrValues = 64

const value = /^[\x21\x23-\x5b\x5d-\x7e]+$/
// A value holds no space, so that each position matches in one way only and the time is linear.
const spacedValues = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** Whether a value can name a level on the wire. */
export function isAcrValue(acr: unknown): acr is string {
  return typeof acr === 'string' && acr.length <= longestAcrValue && value.test(acr)
}

/** Whether a value is a list whose members, gaps included, are all of one kind. */
export function isListOf<Member>(
  list: unknown,
  isMember: (member: unknown) => member is Member,
): list is readonly Member[] {
  // A copy has no gaps, which `every` would pass over.
  return Array.isArray(list) && Array.from<unknown>(list).every(isMember)
}

/** Whether the list has a legal form as one `acr_values`. An empty list has not: it is left out instead. */
export function isAcrValueList(values: readonly string[]): boolean {
  return (
    values.length > 0 &&
    values.length <= mostAcrValues &&
    isListOf(values, isAcrValue) &&
    values.join(' ').length <= longestValueList
  )
}

/**
 * The values of an `acr_values` text in their order, repeated ones once. `undefined`: not a legal list. Spaces beyond one
 * between values carry no meaning and are passed over; other white space is refused.
 */
export function parseAcrValues(text: string): readonly string[] | undefined {
  if (text.length > longestValueList) return undefined
  const values = [...new Set(text.split(' ').filter((part) => part !== ''))]
  return isAcrValueList(values) ? values : undefined
}

/** Whether `text` is a legal `scope` (RFC 6749 §3.3). */
export function isScope(text: string): boolean {
  return text.length <= longestValueList && spacedValues.test(text)
}
