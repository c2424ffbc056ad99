/** Longest duration that a document may state, in seconds: ten years. Longer ones are mistakes of unit. */
export const longestDurationSeconds = 10 * 366 * 24 * 3600

/** The text is no duration. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
  readonly code = 'invalid_duration'
  /** What to write instead. */
  readonly mend: string

  constructor(message: string, mend: string) {
    super(message)
    this.mend = mend
  }
}

const secondsPerUnit = { d: 86_400, h: 3600, m: 60, s: 1 } as const

/** What editors hold a duration to; {@link parseDuration} also refuses what is over ten years. */
export const durationPattern = String.raw`^(0|(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?)$`

const syntax = /^(?=\d)(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?$/

/**
 * Whole seconds from `90s`, `5m`, `12h`, `1h30m`, `7d` (units in this order, each at most once) or `0`. A number is seconds.
 *
 * @throws DurationError
 */
export function parseDuration(text: string | number): number {
  if (typeof text === 'number') return checkSeconds(text, String(text))
  if (text === '0') return 0
  const groups = syntax.exec(text)?.groups
  if (groups === undefined) throw new DurationError(`\`${text}\` is not a duration`, mendFor(text))
  const seconds = Object.entries(secondsPerUnit).reduce(
    (sum, [unit, factor]) => sum + Number(groups[unit] ?? 0) * factor,
    0,
  )
  return checkSeconds(seconds, text)
}

function checkSeconds(seconds: number, text: string): number {
  if (seconds < 0) throw new DurationError(`\`${text}\` is negative`, 'write `0` or more')
  if (!Number.isInteger(seconds)) {
    throw new DurationError(
      `\`${text}\` is not whole seconds`,
      'round it: assurance is measured in whole seconds',
    )
  }
  if (seconds > longestDurationSeconds) {
    throw new DurationError(
      `\`${text}\` is longer than ten years`,
      'numbers are seconds, not milliseconds; write a unit, such as `12h`',
    )
  }
  return seconds
}

function mendFor(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith('-')) return 'write `0` or more'
  if (/^\d+$/.test(trimmed)) return `write \`${trimmed}s\` for seconds, or a number without quotes`
  if (/^\d+ms$/.test(trimmed)) return 'write whole seconds, such as `1s`'
  const word = /^(\d+)\s*(d|h|m|s)[a-z]*$/i.exec(trimmed)
  if (word?.[1] !== undefined && word[2] !== undefined && !/^\d+\s*mo/i.test(trimmed)) {
    return `write \`${word[1]}${word[2].toLowerCase()}\``
  }
  return 'write it as `90s`, `5m`, `12h`, `1h30m` or `7d`'
}
