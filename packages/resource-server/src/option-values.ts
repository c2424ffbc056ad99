import { ResourceServerError } from './errors.ts'

/** A text, or a list of at least one. */
export function texts(name: string, value: string | readonly string[]): readonly string[] {
  const list: unknown = typeof value === 'string' ? [value] : value
  if (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((each) => typeof each === 'string' && each !== '')
  ) {
    return [...(list as string[])]
  }
  throw invalid(`\`${name}\` must be a text or a list of texts that are not empty`)
}

/** A whole number from 0. */
export function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`\`${name}\` must be a whole number from 0`)
}

export function invalid(message: string): ResourceServerError {
  return new ResourceServerError('invalid_option', message)
}
