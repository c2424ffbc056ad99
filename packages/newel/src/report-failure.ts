import { CommanderError } from 'commander'
import type {
  IdentityProviderErrorCode,
  PeopleErrorCode,
  SecretError,
  StoreErrorCode,
} from '@newel/identity-provider'
import { CommandError } from './command-error.ts'
import { exitCodes } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import { plainText } from './terminal/plain-text.ts'

export interface Failure {
  readonly exitCode: ExitCode
  /** One line. Absent: help or a version was asked for and shown. */
  readonly line?: string
}

/**
 * What became of a command that threw: one line that says what is wrong and what to do, never a stack. `called` is the command
 * whose help says how to call it.
 */
export function failureOf(error: unknown, called = 'newel'): Failure {
  if (error instanceof CommanderError) return commanderFailure(error, called)
  if (error instanceof CommandError) return failure(error.exitCode, error.message, error.mend)
  const { message, code, syscall }: { message: string; code?: unknown; syscall?: unknown } =
    error instanceof Error ? error : { message: String(error) }
  if (typeof code === 'string') {
    const known = knownFailures[code]
    if (known) return failure(known.exitCode, message, known.mend)
    if (syscall === 'listen' || syscall === 'getaddrinfo') {
      return failure(exitCodes.environment, `cannot listen: ${message}`, 'see --port and --host')
    }
  }
  return failure(
    exitCodes.environment,
    `failed unexpectedly: ${message}`,
    'please report it with what you did',
  )
}

function failure(exitCode: ExitCode, message: string, mend: string): Failure {
  return { exitCode, line: `newel: ${plainText(message)}; ${plainText(mend)}` }
}

type FailureCode =
  | StoreErrorCode
  | SecretError['code']
  | IdentityProviderErrorCode
  | PeopleErrorCode

interface KnownFailure {
  readonly exitCode: ExitCode
  readonly mend: string
}

const { no, usage, environment } = exitCodes

/** By the codes of `StoreError`, `SecretError`, `IdentityProviderError` and `PeopleError`, whose packages are loaded late. */
const mends = {
  store_newer_version: {
    exitCode: environment,
    mend: 'run the release of newel that wrote it, or a later one',
  },
  store_older_version: {
    exitCode: environment,
    mend: 'run `newel migrate` once, with every node of the old release still running',
  },
  store_locked: {
    exitCode: environment,
    mend: 'wait for the other process or stop it, then retry',
  },
  store_corrupt: {
    exitCode: environment,
    mend: 'name the right folder with --data, or restore a backup',
  },
  store_unavailable: {
    exitCode: environment,
    mend: 'check the folder, its rights and its disk, or that the database server answers',
  },
  store_full: { exitCode: environment, mend: 'make room on the disk' },
  store_wrong_key: {
    exitCode: environment,
    mend: 'give the key that it was made with, in NEWEL_KEK or newel.key',
  },
  store_conflict: { exitCode: environment, mend: 'retry' },
  store_closed: { exitCode: environment, mend: 'retry' },
  issuer_changed: { exitCode: environment, mend: 'restart the provider with the new document' },
  kek_invalid: {
    exitCode: environment,
    mend: 'check NEWEL_KEK or newel.key, or restore it from its backup',
  },
  kek_exposed: {
    exitCode: environment,
    mend: 'think of the key as known, if others used the machine',
  },
  kek_unavailable: { exitCode: environment, mend: 'check the folder, its rights and its disk' },
  sealed_malformed: { exitCode: environment, mend: 'restore a backup of the database' },
  sealed_unknown_key: {
    exitCode: environment,
    mend: 'give the key that it was made with, in NEWEL_KEK or newel.key',
  },
  sealed_tampered: { exitCode: environment, mend: 'restore a backup of the database' },
  address_in_use: {
    exitCode: environment,
    mend: 'stop that program, or choose another with --port',
  },
  client_secret_missing: { exitCode: environment, mend: 'set it where the document says' },
  registration_token_missing: {
    exitCode: environment,
    mend: 'put a long random one where `registration.initialAccessToken` says',
  },
  invalid_logo: {
    exitCode: environment,
    mend: 'make it a PNG, WebP or SVG file of at most 256 KiB',
  },
  provider_configuration: { exitCode: environment, mend: 'run `newel check --strict`' },
  no_recovery: { exitCode: no, mend: 'see `newel user recovery NAME`' },
  username_taken: { exitCode: no, mend: 'choose another' },
  invalid_username: { exitCode: usage, mend: 'choose another' },
  invalid_email: { exitCode: usage, mend: 'write it as `name@example.com`' },
  unknown_person: { exitCode: no, mend: '`newel user list` shows who there is' },
  password_too_short: { exitCode: no, mend: 'choose a longer one' },
  password_too_long: { exitCode: no, mend: 'choose a shorter one' },
  password_too_simple: { exitCode: no, mend: 'choose another' },
  busy: { exitCode: environment, mend: 'retry' },
  enrolment_refused: { exitCode: environment, mend: 'retry' },
} satisfies Record<FailureCode, KnownFailure>

const knownFailures: Readonly<Record<string, KnownFailure>> = mends

function commanderFailure(error: CommanderError, called: string): Failure {
  if (error.exitCode === 0) return { exitCode: exitCodes.ok }
  // Called without a subcommand: the help was printed in place of a message.
  if (error.code === 'commander.help') return { exitCode: exitCodes.usage }
  const message = error.message
    .replace(/^error: /, '')
    .replaceAll(/\s+/g, ' ')
    .replace(' is invalid. ', ' is invalid: ')
    .replaceAll(/'([^']*)'/g, '`$1`')
    .replace(/\.$/, '')
  return failure(usage, message, `see \`${called} --help\``)
}
