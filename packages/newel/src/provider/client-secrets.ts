import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ClientConfig, PolicyDocument, SecretReference } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'

/**
 * The secrets to which the document refers, by client id. Files are found from `directory`; one line end after a secret is
 * not part of it.
 *
 * @throws CommandError `client_secret_missing`
 */
export async function resolveClientSecrets(
  document: PolicyDocument,
  from: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly directory: string
  },
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>()
  for (const client of document.clients) {
    if (client.secret === undefined) continue
    const secret = await secretOf(client, client.secret, from)
    if (secret === '') throw missing(client, 'is empty', 'write the secret there')
    secrets.set(client.id, secret)
  }
  return secrets
}

async function secretOf(
  client: ClientConfig,
  reference: SecretReference,
  from: Parameters<typeof resolveClientSecrets>[1],
): Promise<string> {
  if (reference.env !== undefined) {
    const value = from.env[reference.env]
    if (value !== undefined) return value
    const variable = `the environment variable \`${reference.env}\``
    throw missing(client, `is not there: ${variable} is not set`, 'set it before the start')
  }
  try {
    const text = await readFile(resolve(from.directory, reference.file), 'utf8')
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    const options = { cause }
    const file = `the file \`${reference.file}\``
    throw missing(client, `is not there: ${file} cannot be read`, 'put the secret in it', options)
  }
}

function missing(
  { id }: ClientConfig,
  what: string,
  mend: string,
  options?: ErrorOptions,
): CommandError {
  const message = `the secret of the client \`${id}\` ${what}`
  return new CommandError('client_secret_missing', message, mend, options)
}
