/** What scripts may rely on. A command that was ended by a signal has the signal's code. */
export const exitCodes = {
  ok: 0,
  /** The command ran, and the answer is no: problems found, requirement not satisfied, user name taken. */
  no: 1,
  /** It was called wrongly. */
  usage: 2,
  /** The machine stood in the way: file missing, store locked, port taken. */
  environment: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
