import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'

/**
 * The password to which `mail.smtp.password` refers. Absent: the document names none. A file is found from `directory`;
 * one line end after the password is not part of it.
 *
 * @throws CommandError `mail_password_missing`
 */
export async function resolveMailPassword(
  { mail }: PolicyDocument,
  {
    env,
    directory,
  }: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly directory: string
  },
): Promise<string | undefined> {
  const reference = mail?.smtp.password
  if (reference === undefined) return undefined
  if (reference.env !== undefined) {
    const password = env[reference.env]
    if (password !== undefined && password !== '') return password
    throw missing(`the environment variable \`${reference.env}\` is not set`)
  }
  try {
    const text = await readFile(resolve(directory, reference.file), 'utf8')
    const password = text.replace(/\r?\n$/, '')
    if (password !== '') return password
  } catch (cause) {
    throw missing(`the file \`${reference.file}\` cannot be read`, { cause })
  }
  throw missing(`the file \`${reference.file}\` is empty`)
}

function missing(why: string, options?: ErrorOptions): CommandError {
  const message = `the password of the mail server is not there: ${why}`
  return new CommandError(
    'mail_password_missing',
    message,
    'put it where the document says',
    options,
  )
}
