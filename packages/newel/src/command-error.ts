import { exitCodes } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'

export type CommandErrorCode =
  | 'document_missing'
  | 'document_unreadable'
  | 'document_refused'
  | 'data_missing'
  | 'database_url_invalid'
  | 'operations_unavailable'
  | 'redis_url_invalid'
  | 'redis_without_database'
  | 'client_secret_missing'
  | 'keys_missing'
  | 'keys_still_in_use'
  | 'mail_password_missing'
  | 'upstream_secret_missing'
  | 'registration_token_missing'
  | 'logo_missing'
  | 'usage'
  | 'no_terminal'
  | 'password_unreadable'
  | 'passwords_differ'
  | 'cancelled'

const exitCodeOf: Readonly<Record<CommandErrorCode, ExitCode>> = {
  document_missing: exitCodes.environment,
  document_unreadable: exitCodes.environment,
  document_refused: exitCodes.no,
  data_missing: exitCodes.environment,
  database_url_invalid: exitCodes.environment,
  operations_unavailable: exitCodes.environment,
  redis_url_invalid: exitCodes.environment,
  redis_without_database: exitCodes.environment,
  client_secret_missing: exitCodes.environment,
  keys_missing: exitCodes.environment,
  keys_still_in_use: exitCodes.environment,
  mail_password_missing: exitCodes.environment,
  upstream_secret_missing: exitCodes.environment,
  registration_token_missing: exitCodes.environment,
  logo_missing: exitCodes.environment,
  usage: exitCodes.usage,
  no_terminal: exitCodes.usage,
  password_unreadable: exitCodes.usage,
  passwords_differ: exitCodes.no,
  cancelled: exitCodes.no,
}

/** The command cannot do what it was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode
  /** What to do about it. */
  readonly mend: string

  constructor(code: CommandErrorCode, message: string, mend: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.mend = mend
  }

  get exitCode(): ExitCode {
    return exitCodeOf[this.code]
  }
}
