import type { Path } from './path.ts'
import { maxDepth, maxDocumentValues } from './limits.ts'
import type { ProblemList } from './problem-list.ts'

/** A copy of the plain data in `value`: no accessors, prototypes or cycles come along. Absent: not data at all. */
export function copyData(value: unknown, problems: ProblemList): unknown {
  let count = 0
  const copy = (current: unknown, path: Path): unknown => {
    if (++count > maxDocumentValues) {
      if (count === maxDocumentValues + 1) problems.add(tooManyValues(path))
      return undefined
    }
    if (path.length > maxDepth) {
      problems.add(tooDeep(path))
      return undefined
    }
    if (current === null || current === undefined) return current
    if (['string', 'number', 'boolean'].includes(typeof current)) return current
    if (Array.isArray(current))
      return current.map((item: unknown, index) => copy(item, [...path, index]))
    if (typeof current === 'object' && isPlain(current)) {
      const copied: Record<string, unknown> = {}
      for (const [key, item] of Object.entries(current)) {
        // An absent optional is no key.
        if (item === undefined) continue
        setKey(copied, key, copy(item, [...path, key]), path, problems)
      }
      return copied
    }
    problems.add({
      code: 'unsupported_value',
      path,
      message: `a ${typeof current === 'object' ? 'class instance' : typeof current} is no plain data`,
      mend: 'use strings, numbers, booleans, lists and plain objects',
    })
    return undefined
  }
  return copy(value, [])
}

/** Assign without reaching prototypes. */
export function setKey(
  target: Record<string, unknown>,
  key: string,
  value: unknown,
  path: Path,
  problems: ProblemList,
): void {
  if (key === '__proto__') {
    problems.add({
      code: 'unknown_key',
      path: [...path, key],
      at: 'key',
      message: 'unknown key `__proto__`',
      mend: 'remove it',
    })
    return
  }
  target[key] = value
}

export function tooManyValues(path: Path): Parameters<ProblemList['add']>[0] {
  return {
    code: 'too_many_values',
    path,
    message: `the document has more than ${maxDocumentValues} values, aliases counted as often as they are used`,
    mend: 'make it smaller, and write out what aliases multiply',
  }
}

export function tooDeep(path: Path): Parameters<ProblemList['add']>[0] {
  return {
    code: 'too_deep',
    path: path.slice(0, maxDepth),
    message: `the document is nested more than ${maxDepth} deep`,
    mend: 'no key needs that; close the brackets that were left open',
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
