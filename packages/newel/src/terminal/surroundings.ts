import type { Readable } from 'node:stream'

/** What a command has around it: everything that it reads or writes besides files and the network. */
export interface Surroundings {
  /** Files are named relative to it. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Seconds since 1970. */
  readonly clock: () => number
  readonly random: (size: number) => Uint8Array
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** Answers and data. */
  print(text: string): void
  /** Failures and remarks. */
  warn(text: string): void
  /** A hidden answer of the person at the terminal. Undefined: cancelled. */
  askHidden(question: string): Promise<string | undefined>
}
