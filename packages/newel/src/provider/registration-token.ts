import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'

/**
 * The token to which `registration.initialAccessToken` refers. Absent: clients do not register. A file is found from
 * `directory`; one line end after the token is not part of it.
 *
 * @throws CommandError `registration_token_missing`
 */
export async function resolveRegistrationToken(
  { registration }: PolicyDocument,
  {
    env,
    directory,
  }: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly directory: string
  },
): Promise<string | undefined> {
  const reference = registration?.initialAccessToken
  if (reference === undefined) return undefined
  if (reference.env !== undefined) {
    const token = env[reference.env]
    if (token !== undefined && token !== '') return token
    throw missing(`the environment variable \`${reference.env}\` is not set`)
  }
  try {
    const text = await readFile(resolve(directory, reference.file), 'utf8')
    const token = text.replace(/\r?\n$/, '')
    if (token !== '') return token
  } catch (cause) {
    throw missing(`the file \`${reference.file}\` cannot be read`, { cause })
  }
  throw missing(`the file \`${reference.file}\` is empty`)
}

function missing(why: string, options?: ErrorOptions): CommandError {
  return new CommandError(
    'registration_token_missing',
    `the initial access token for registration is not there: ${why}`,
    'put it where the document says, or take `registration` out',
    options,
  )
}
