import type { LineCounter } from 'yaml'
import type { Path } from './path.ts'
import type { Position, Positions } from './problem-list.ts'

/** Offsets of a key and of its value in the text. */
export interface Place {
  readonly key: number
  readonly value: number
  /** End of the value, and the string that it means: for places within a string. */
  readonly end?: number
  readonly text?: string
}

/** Steps may hold dots and brackets; a key made of them must not collide. */
export function placeKey(path: Path): string {
  return path.map((step) => JSON.stringify(step)).join('\n')
}

/** Lines and columns of a document that was read as text. */
export class TextPositions implements Positions {
  readonly #source: string
  readonly #lines: LineCounter
  readonly #places: ReadonlyMap<string, Place>

  constructor(source: string, lines: LineCounter, places: ReadonlyMap<string, Place>) {
    this.#source = source
    this.#lines = lines
    this.#places = places
  }

  /** Where the path itself is not in the text, its nearest ancestor that is. */
  locate(path: Path, at: 'key' | 'value', offset?: number): Position {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(placeKey(path.slice(0, length)))
      if (place === undefined) continue
      const whole = length === path.length
      if (whole && at === 'value' && offset !== undefined) return this.#within(place, offset)
      return this.at(whole && at === 'value' ? place.value : place.key)
    }
    return { line: 1, column: 1 }
  }

  /** Place of an offset into the text. */
  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return line === 0 ? { line: 1, column: 1 } : { line, column: col }
  }

  /** Folding, quoting and escapes move letters; where they cannot be followed, the start of the value must do. */
  #within({ value, end, text }: Place, offset: number): Position {
    if (text === undefined || end === undefined) return this.at(value)
    const written = this.#source.slice(value, end)
    const verbatim = written.indexOf(text.trimEnd())
    if (verbatim >= 0) return this.at(value + verbatim + offset)
    if (!written.startsWith('|')) return this.at(value)
    const before = text.slice(0, offset).split('\n')
    const row = before.length - 1
    const lineText = text.split('\n')[row] ?? ''
    let start = value
    for (let skipped = 0; skipped <= row; skipped++) start = this.#source.indexOf('\n', start) + 1
    const indent = this.#source.slice(start, end).indexOf(lineText)
    return this.at(start + Math.max(indent, 0) + (before.at(-1)?.length ?? 0))
  }
}
