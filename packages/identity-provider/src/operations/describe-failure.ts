/** What kind of error it is, and where. Not its message: a library may quote what was sent. */
export function describeFailure(error: Error): {
  readonly name: string
  readonly code?: string
  readonly at?: string
} {
  const at = error.stack
    ?.split('\n')
    .find((line) => line.startsWith('    at '))
    ?.trim()
  return {
    name: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(at === undefined ? {} : { at }),
  }
}
