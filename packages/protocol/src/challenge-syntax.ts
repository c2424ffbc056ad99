/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface Challenge {
  /** As sent; compare it without regard to case. */
  readonly scheme: string
  /** The single value of schemes such as Negotiate. Excludes parameters. */
  readonly token68?: string
  /** Names in lower case; values without their quotation marks and escapes. */
  readonly parameters: ReadonlyMap<string, string>
}

export type ChallengeErrorCode = 'challenge_syntax' | 'challenge_too_long' | 'duplicate_parameter'

/** Why a header was not read. */
export interface ChallengeFault {
  ok: false
  code: ChallengeErrorCode
  /** Index of the character at fault, in the header's lines joined by `, `. */
  at: number
  /** Code and place; nothing of the header. */
  message: string
}

export type ChallengesReading = { ok: true; challenges: readonly Challenge[] } | ChallengeFault

/** Longest header read, in characters: what common servers and clients allow for a whole head. */
export const longestChallengeHeader = 16_384
/** Most challenges read from one header. */
export const mostChallenges = 64

interface OpenChallenge extends Challenge {
  token68?: string
  readonly parameters: Map<string, string>
}

// Each reads on from where its `lastIndex` stands, and every position matches in one way only, so that time is linear.
const gap = /[ \t]*/y
const emptyElements = /[ \t,]*/y
/** RFC 9110 §5.6.2. */
const token = /[!#$%&'*+\-.^_`|~\da-z]*/iy
/** RFC 9110 §11.2. Only what reaches to the end of the element is a single value. */
const token68 = /[-._~+/\da-z]+=*(?=[ \t]*(?:,|$))/iy
/** What may stand in a quoted text, bare or behind a backslash; bytes above ASCII too (RFC 9110 §5.6.4). */
const quotedText = /"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*/y
const backslash = /\\?/y

/**
 * Read a `WWW-Authenticate` header: one field value, or one for each field line, which mean the same as their values
 * joined by commas (RFC 9110 §5.3), except that no quoted text crosses from one line to the next.
 *
 * One fault refuses the whole header: behind it, nothing can be told apart with certainty. Where the grammar leaves
 * room, this reads it so: tabs count as spaces; empty list elements are passed over, between a scheme and its first
 * parameter too; `name=value` after a comma belongs to the challenge before it. Time is linear in the length.
 */
export function parseChallenges(header: string | readonly string[]): ChallengesReading {
  const lines = typeof header === 'string' ? [header] : header
  const challenges: OpenChallenge[] = []
  let line = ''
  let offset = 0
  let at = 0
  const fault = (
    code: ChallengeErrorCode = 'challenge_syntax',
    position: number = at,
  ): ChallengeFault => ({
    ok: false,
    code,
    at: offset + position,
    message: `${code} at ${offset + position}`,
  })
  /** What matches here, which is passed; empty where nothing does. */
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const [taken = ''] = pattern.exec(line) ?? []
    at += taken.length
    return taken
  }
  /** A scheme with what follows it up to the comma, or one more parameter of the challenge before. */
  const readElement = (): ChallengeFault | undefined => {
    let start = at
    let name = take(token)
    const spaced = take(gap) !== ''
    if (name === '') return fault()
    // Nothing but a parameter has an equals sign behind its first token.
    if (line[at] !== '=') {
      if (challenges.length === mostChallenges) return fault('challenge_too_long', start)
      const challenge: OpenChallenge = { scheme: name, parameters: new Map() }
      challenges.push(challenge)
      if (at === line.length || line[at] === ',') return undefined
      if (!spaced) return fault()
      const single = take(token68)
      if (single !== '') {
        challenge.token68 = single
        return undefined
      }
      start = at
      name = take(token)
      take(gap)
      if (name === '' || line[at] !== '=') return fault()
    }
    const challenge = challenges.at(-1)
    // A parameter before any scheme, or behind a single value.
    if (!challenge || challenge.token68 !== undefined) return fault('challenge_syntax', start)
    at += 1
    take(gap)
    const open = at
    let value = take(token)
    if (value === '') {
      value = take(quotedText).slice(1).replaceAll(/\\(.)/g, '$1')
      if (at > open) {
        take(backslash)
        // Never closed.
        if (at === line.length) return fault('challenge_syntax', open)
      }
      if (line[at] !== '"') return fault()
      at += 1
    }
    name = name.toLowerCase()
    if (challenge.parameters.has(name)) return fault('duplicate_parameter', start)
    challenge.parameters.set(name, value)
    return undefined
  }
  if (lines.join(', ').length > longestChallengeHeader) {
    return fault('challenge_too_long', longestChallengeHeader)
  }
  for (line of lines) {
    at = 0
    take(emptyElements)
    while (at < line.length) {
      const failed = readElement()
      if (failed) return failed
      take(gap)
      if (at < line.length && line[at] !== ',') return fault()
      take(emptyElements)
    }
    offset += line.length + 2
  }
  return { ok: true, challenges }
}
