/** Somebody else listens where the demo wants to. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  readonly code = 'port_taken'
  readonly port: number

  constructor(port: number, cause: unknown) {
    super(`port \`${port}\` is taken`, { cause })
    this.port = port
  }
}

/** Run what listens on `port`, and say so in one word where it is taken. */
export async function listening<Result>(
  port: number,
  listen: () => Promise<Result>,
): Promise<Result> {
  try {
    return await listen()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortTakenError(port, error)
    }
    throw error
  }
}
