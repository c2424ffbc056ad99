import { z } from 'zod'
import { type Path, renderPath } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { nearest, suggest } from '../suggestion.ts'

/**
 * What of the value has the shape; every way in which the rest has not is in `problems`. Misspelled keys are read as meant
 * and wrong optional keys left out, so that one slip neither hides nor causes other problems. Absent: nothing can be
 * said of the value.
 */
export function checkShape<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  path: Path,
  problems: ProblemList,
): z.output<Shape> | undefined {
  let result = shape.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  let rest: unknown = value
  const unknown = result.error.issues.filter((issue) => issue.code === 'unrecognized_keys')
  if (unknown.length > 0) {
    for (const issue of unknown) addIssue(issue, shape, path, problems)
    rest = withKeysMended(value, unknown, shape)
    result = shape.safeParse(rest, { reportInput: true })
    if (result.success) return result.data
  }
  for (const issue of result.error.issues) addIssue(issue, shape, path, problems)
  return shape.safeParse(withoutKeys(rest, result.error.issues)).data
}

/** Whether the author wrote the key, be it well or badly. */
export function states(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
}

function withoutKeys(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const wrong = new Set(issues.map((issue) => issue.path[0]))
  return Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)))
}

function withKeysMended(
  value: unknown,
  issues: readonly z.core.$ZodIssueUnrecognizedKeys[],
  shape: z.ZodType,
): unknown {
  const mended: unknown = structuredClone(value)
  for (const issue of issues) {
    const steps = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    let target: unknown = mended
    for (const step of steps) target = (target as Record<string | number, unknown>)[step]
    mendKeys(target as Record<string, unknown>, issue.keys, keysOf(shapeAt(shape, steps)))
  }
  return mended
}

/** Give each unknown key the name that it is near to, where that is free; drop the others. */
export function mendKeys(
  target: Record<string, unknown>,
  unknown: readonly string[],
  known: readonly string[],
): void {
  for (const key of unknown) {
    const near = nearest(key, known)
    if (near !== undefined && target[near] === undefined) target[near] = target[key]
    delete target[key]
  }
}

function addIssue(
  issue: z.core.$ZodIssue,
  shape: z.ZodType,
  base: Path,
  problems: ProblemList,
): void {
  const inner = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const path = [...base, ...inner]
  const expected = describeShape(shapeAt(shape, inner))
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(shapeAt(shape, inner))
    for (const key of issue.keys) {
      problems.add({
        code: 'unknown_key',
        path: [...path, key],
        at: 'key',
        message: `unknown key \`${key}\`${path.length === 0 ? '' : ` in \`${renderPath(path)}\``}`,
        mend: suggest(key, known, 'remove it'),
      })
    }
  } else if (inner.at(-1) === 'secret' || inner.at(-1) === 'password') {
    // What stands here may be the secret itself: it is not repeated.
    problems.add({
      code: 'wrong_type',
      path,
      message: 'expected a reference to the secret, not a plain value',
      mend: `write \`${inner.at(-1)}: { env: NAME_OF_A_VARIABLE }\` or \`${inner.at(-1)}: { file: path }\`; the secret itself stays out of the document`,
    })
  } else if (
    issue.input === undefined &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_union')
  ) {
    problems.add({
      code: 'missing_key',
      path,
      message: `\`${renderPath(path)}\` is missing`,
      mend: `add \`${inner.at(-1) ?? renderPath(path)}\`: ${expected}`,
    })
  } else if (issue.code === 'invalid_value') {
    const choice = issue.values.map(String)
    problems.add({
      code: 'invalid_value',
      path,
      message: `${show(issue.input)} is not one of the choices`,
      mend: suggest(String(issue.input), choice, ''),
    })
  } else if (issue.code === 'invalid_key') {
    problems.add({
      code: 'invalid_value',
      path,
      at: 'key',
      message: `${show(inner.at(-1))} is no name`,
      mend: 'use a name that is not empty',
    })
  } else if (
    issue.code === 'too_small' ||
    issue.code === 'too_big' ||
    issue.code === 'invalid_format'
  ) {
    problems.add({
      code: 'invalid_value',
      path,
      message: describeBound(issue),
      mend: `write ${expected}`,
    })
  } else {
    problems.add({
      code: 'wrong_type',
      path,
      message: `expected ${expected}, not ${kindOf(issue.input)}`,
      mend: issue.input === null ? `write a value, or remove the key` : `write ${expected}`,
    })
  }
}

/** The shape that the steps lead to, optional ones opened. */
function shapeAt(shape: unknown, steps: readonly (string | number)[]): unknown {
  let current = open(shape)
  for (const step of steps) {
    if (current instanceof z.ZodUnion) {
      current = open(current.options.find((option) => option instanceof z.ZodArray))
    }
    if (current instanceof z.ZodObject) current = open(current.shape[String(step)])
    else if (current instanceof z.ZodArray) current = open(current.element)
    else if (current instanceof z.ZodRecord) current = open(current.valueType)
    else return undefined
  }
  return current
}

function open(shape: unknown): unknown {
  return shape instanceof z.ZodOptional ? open(shape.unwrap()) : shape
}

function keysOf(shape: unknown): readonly string[] {
  if (shape instanceof z.ZodObject) return Object.keys(shape.shape)
  if (shape instanceof z.ZodRecord && shape.keyType instanceof z.ZodEnum) {
    return shape.keyType.options.map(String)
  }
  return []
}

function describeShape(shape: unknown): string {
  if (shape instanceof z.ZodUnion) {
    return shape.options.some((option) => option instanceof z.ZodNumber)
      ? 'a duration such as `5m`'
      : 'a text or a list of texts'
  }
  if (shape instanceof z.ZodArray)
    return `a list of ${describeShape(shape.element).replace(/^an? /, '')}s`
  if (shape instanceof z.ZodObject || shape instanceof z.ZodRecord) return 'a mapping'
  if (shape instanceof z.ZodEnum) return shape.options.map((option) => `\`${option}\``).join(' or ')
  if (shape instanceof z.ZodBoolean) return '`true` or `false`'
  if (shape instanceof z.ZodNumber) return 'a whole number'
  return 'a text'
}

function describeBound(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig | z.core.$ZodIssueInvalidStringFormat,
): string {
  if (issue.code === 'invalid_format') return `${show(issue.input)} is not of the right form`
  if (issue.code === 'too_big') return `${show(issue.input)} is more than ${issue.maximum}`
  if (issue.origin === 'array') return 'the list is empty'
  if (issue.origin === 'string') return 'the text is empty'
  return `${show(issue.input)} is less than ${issue.minimum}`
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? kindOf(value)
    : `\`${String(value).slice(0, 80)}\``
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return `the text ${show(value)}`
  return show(value)
}
