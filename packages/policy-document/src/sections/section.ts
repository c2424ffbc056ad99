import { z } from 'zod'
import { DurationError, parseDuration } from '../duration.ts'
import { checkShape } from '../shape/check-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'

const mapping = z.record(z.string().min(1), z.unknown())
const list = z.array(z.unknown())

/** The entries of a mapping, each to be judged by itself, so that one bad entry hides no other. Absent key: none. */
export function entriesOf(
  value: unknown,
  path: Path,
  problems: ProblemList,
): readonly (readonly [name: string, value: unknown, path: Path])[] {
  if (value === undefined) return []
  const entries = checkShape(mapping, value, path, problems) ?? {}
  return Object.entries(entries).map(([name, entry]) => [name, entry, [...path, name]] as const)
}

/** The items of a list, each to be judged by itself. Absent key: none. */
export function itemsOf(
  value: unknown,
  path: Path,
  problems: ProblemList,
): readonly (readonly [value: unknown, path: Path])[] {
  if (value === undefined) return []
  const items = checkShape(list, value, path, problems) ?? []
  return items.map((item, index) => [item, [...path, index]] as const)
}

/** A mapping of settings, all of which have defaults. */
export function settingsOf<Shape extends z.ZodObject>(
  shape: Shape,
  value: unknown,
  path: Path,
  problems: ProblemList,
): z.output<Shape> {
  const settings = value === undefined ? undefined : checkShape(shape, value, path, problems)
  return settings ?? shape.parse({})
}

/** Seconds of a duration, or the default where the key is absent or the duration is wrong. */
export function secondsOf<Default extends number | undefined>(
  value: string | number | undefined,
  path: Path,
  problems: ProblemList,
  byDefault: Default,
): number | Default {
  if (value === undefined) return byDefault
  try {
    return parseDuration(value)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    problems.add({ code: error.code, path, message: error.message, mend: error.mend })
    return byDefault
  }
}

/** As {@link secondsOf}, where `0` would switch off what the key is for. */
export function positiveSecondsOf(
  value: string | number | undefined,
  path: Path,
  problems: ProblemList,
  byDefault: number,
): number {
  const seconds = secondsOf(value, path, problems, byDefault)
  if (seconds > 0) return seconds
  problems.add({
    code: 'invalid_duration',
    path,
    message: `\`${String(path.at(-1))}\` must be more than 0`,
    mend: `write a duration, or remove the key for the default of ${byDefault} seconds`,
  })
  return byDefault
}
