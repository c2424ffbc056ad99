/** `75` → `1 min 15 s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 10) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** A time of a token, in seconds since 1970, seen from `now`. */
export function agoText(at: number, now: number): string {
  const seconds = Math.round(now - at)
  return seconds <= 1 ? 'just now' : `${durationText(seconds)} ago`
}

export function moneyText(cents: number): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(cents / 100)
}

export function dayText(at: number): string {
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' }).format(at * 1000)
}

const methodWords: Readonly<Record<string, string>> = {
  password: 'the password',
  totp: 'a one-time code',
  passkey: 'a passkey',
  'security-key': 'a security key',
}

export function methodText(method: string): string {
  return methodWords[method] ?? method
}

/** What stands in `acr_values` and `max_age`, in words. */
export function requirementText({
  acrValues,
  maxAgeSeconds,
}: {
  readonly acrValues: readonly string[]
  readonly maxAgeSeconds?: number | undefined
}): string {
  const level = acrValues.length === 0 ? 'any level' : acrValues.join(' or ')
  if (maxAgeSeconds === undefined) return level
  return maxAgeSeconds === 0
    ? `${level}, proved for this alone`
    : `${level}, at most ${durationText(maxAgeSeconds)} old`
}
