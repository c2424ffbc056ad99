/**
 * Largest `max_age`, in seconds: 2³¹ − 1, which is 68 years and fits the integer column of any store. Larger ones are
 * mistakes of unit.
 */
export const longestMaxAgeSeconds = 2_147_483_647

/** Digits alone, and no second spelling of one number. */
const digits = /^(?:0|[1-9][0-9]{0,9})$/

/** Whether `seconds` has a legal form as `max_age`. */
export function isMaxAge(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= longestMaxAgeSeconds
}

/**
 * The age asked by a `max_age`, from text (query, header) or from a number (request object). Anything that is not whole
 * seconds from 0 to {@link longestMaxAgeSeconds} in plain digits is `undefined`: ignoring it would drop a condition that
 * somebody stated (OIDC Core §3.1.2.1, RFC 9470 §3).
 */
export function readMaxAge(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && digits.test(value) ? Number(value) : value
  // Adding 0 turns −0, which counts as a legal whole number, into 0.
  return typeof seconds === 'number' && isMaxAge(seconds) ? seconds + 0 : undefined
}

/** Like {@link readMaxAge}, with what to tell whoever sent it. */
export function parseMaxAge(
  value: unknown,
): { ok: true; maxAgeSeconds: number } | { ok: false; message: string } {
  const maxAgeSeconds = readMaxAge(value)
  if (maxAgeSeconds !== undefined) return { ok: true, maxAgeSeconds }
  return {
    ok: false,
    message: `\`max_age\` must be whole seconds from 0 to ${longestMaxAgeSeconds}, in digits alone`,
  }
}
