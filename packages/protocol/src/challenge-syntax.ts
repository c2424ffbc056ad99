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
  message: string
}

export type ChallengesReading = { ok: true; challenges: readonly Challenge[] } | ChallengeFault

/** Longest header read, in characters: what common servers and clients allow for a whole head. */
export const longestChallengeHeader = 16_384
/** Most challenges read from one header. */
export const mostChallenges = 64

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
  const length = lines.reduce((sum, line) => sum + line.length + 2, -2)
  if (length > longestChallengeHeader) {
    return fault(
      'challenge_too_long',
      longestChallengeHeader,
      `the header is longer than ${longestChallengeHeader} characters`,
    )
  }
  const reader = new ChallengeReader()
  let offset = 0
  for (const line of lines) {
    const failed = reader.readLine(line, offset)
    if (failed) return failed
    offset += line.length + 2
  }
  return { ok: true, challenges: reader.challenges }
}

interface OpenChallenge extends Challenge {
  token68?: string
  readonly parameters: Map<string, string>
}

class ChallengeReader {
  readonly challenges: OpenChallenge[] = []
  #line = ''
  #offset = 0
  #at = 0

  readLine(line: string, offset: number): ChallengeFault | undefined {
    this.#line = line
    this.#offset = offset
    this.#at = 0
    this.#skipEmptyElements()
    while (this.#at < line.length) {
      const failed = this.#readElement() ?? this.#readElementEnd()
      if (failed) return failed
      this.#skipEmptyElements()
    }
    return undefined
  }

  /** A scheme with what follows it up to the comma, or one more parameter of the challenge before. */
  #readElement(): ChallengeFault | undefined {
    const start = this.#at
    const name = this.#takeToken()
    if (name === '') return this.#unexpected()
    const afterName = this.#at
    this.#skipSpaces()
    // Nothing but a parameter has an equals sign behind its first token.
    if (this.#peek() === equals) return this.#readParameter(name, start)
    if (this.challenges.length === mostChallenges) {
      return this.#fault('challenge_too_long', start, `more than ${mostChallenges} challenges`)
    }
    const challenge: OpenChallenge = { scheme: name, parameters: new Map() }
    this.challenges.push(challenge)
    if (this.#isElementEnd()) return undefined
    if (this.#at === afterName) return this.#unexpected()
    const token68 = this.#takeToken68()
    if (token68 !== undefined) {
      challenge.token68 = token68
      return undefined
    }
    const parameterStart = this.#at
    const parameter = this.#takeToken()
    if (parameter === '') return this.#unexpected()
    this.#skipSpaces()
    return this.#peek() === equals
      ? this.#readParameter(parameter, parameterStart)
      : this.#unexpected()
  }

  /** The rest of a parameter, from its equals sign on. */
  #readParameter(name: string, start: number): ChallengeFault | undefined {
    const challenge = this.challenges.at(-1)
    if (challenge === undefined) {
      return this.#fault('challenge_syntax', start, 'a parameter stands before any scheme')
    }
    if (challenge.token68 !== undefined) {
      return this.#fault('challenge_syntax', start, 'a parameter follows a single value')
    }
    this.#at += 1
    this.#skipSpaces()
    const quoted = this.#peek() === quotationMark
    const value = quoted ? this.#takeQuoted() : this.#takeToken()
    if (typeof value !== 'string') return value
    if (value === '' && !quoted) return this.#unexpected()
    const key = name.toLowerCase()
    if (challenge.parameters.has(key)) {
      return this.#fault(
        'duplicate_parameter',
        start,
        'a parameter is given twice in one challenge',
      )
    }
    challenge.parameters.set(key, value)
    return undefined
  }

  #readElementEnd(): ChallengeFault | undefined {
    this.#skipSpaces()
    return this.#isElementEnd() ? undefined : this.#unexpected()
  }

  #takeToken(): string {
    const start = this.#at
    while (isTokenCharacter(this.#peek())) this.#at += 1
    return this.#line.slice(start, this.#at)
  }

  /** Only what reaches to the end of the element is a single value; else nothing is taken. */
  #takeToken68(): string | undefined {
    const start = this.#at
    while (isToken68Character(this.#peek())) this.#at += 1
    if (this.#at > start) {
      while (this.#peek() === equals) this.#at += 1
      const value = this.#line.slice(start, this.#at)
      this.#skipSpaces()
      if (this.#isElementEnd()) return value
    }
    this.#at = start
    return undefined
  }

  #takeQuoted(): string | ChallengeFault {
    const open = this.#at
    let value = ''
    let copied = open + 1
    for (let at = copied; at < this.#line.length; at += 1) {
      const code = this.#line.charCodeAt(at)
      if (code === quotationMark) {
        this.#at = at + 1
        return value + this.#line.slice(copied, at)
      }
      if (code === backslash) {
        value += this.#line.slice(copied, at)
        at += 1
        copied = at
        if (at === this.#line.length) break
      }
      if (!isTextCharacter(this.#line.charCodeAt(at))) {
        this.#at = at
        return this.#unexpected()
      }
    }
    return this.#fault('challenge_syntax', open, 'a quotation mark is not closed')
  }

  #skipSpaces(): void {
    while (isSpace(this.#peek())) this.#at += 1
  }

  #skipEmptyElements(): void {
    while (isSpace(this.#peek()) || this.#peek() === comma) this.#at += 1
  }

  #isElementEnd(): boolean {
    return this.#at === this.#line.length || this.#peek() === comma
  }

  /** Code of the next character; `NaN`, which equals nothing, at the end of the line. */
  #peek(): number {
    return this.#line.charCodeAt(this.#at)
  }

  #unexpected(): ChallengeFault {
    const code = this.#peek()
    const found = Number.isNaN(code)
      ? 'end of line'
      : `character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    return this.#fault('challenge_syntax', this.#at, `unexpected ${found}`)
  }

  #fault(code: ChallengeErrorCode, at: number, message: string): ChallengeFault {
    return fault(code, this.#offset + at, message)
  }
}

function fault(code: ChallengeErrorCode, at: number, message: string): ChallengeFault {
  return { ok: false, code, at, message: `${message}, at ${at}` }
}

const equals = 0x3d
const comma = 0x2c
const quotationMark = 0x22
const backslash = 0x5c

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function isAlphanumeric(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  )
}

const tokenMarks = codes("!#$%&'*+-.^_`|~")
const token68Marks = codes('-._~+/')

/** RFC 9110 §5.6.2. */
function isTokenCharacter(code: number): boolean {
  return isAlphanumeric(code) || tokenMarks.has(code)
}

/** RFC 9110 §11.2. */
function isToken68Character(code: number): boolean {
  return isAlphanumeric(code) || token68Marks.has(code)
}

/** What may stand in a quoted text, bare or behind a backslash; bytes above ASCII too (RFC 9110 §5.6.4). */
function isTextCharacter(code: number): boolean {
  return code === 0x09 || (code >= 0x20 && code <= 0xff && code !== 0x7f)
}

function codes(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)))
}
