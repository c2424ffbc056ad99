import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PolicyDocument, SecretReference } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
}

/**
 * The client secrets at upstream providers to which the document refers, by upstream id. Files are found from `directory`;
 * one line end after a secret is not part of it.
 *
 * @throws CommandError `upstream_secret_missing`
 */
export async function resolveUpstreamSecrets(
  { upstreams }: Pick<PolicyDocument, 'upstreams'>,
  place: Place,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>()
  for (const { id, secret } of upstreams) {
    if (secret !== undefined) secrets.set(id, await secretOf(id, secret, place))
  }
  return secrets
}

async function secretOf(
  id: string,
  reference: SecretReference,
  { env, directory }: Place,
): Promise<string> {
  if (reference.env !== undefined) {
    const secret = env[reference.env]
    if (secret !== undefined && secret !== '') return secret
    throw missing(id, `the environment variable \`${reference.env}\` is not set`)
  }
  let text: string
  try {
    text = await readFile(resolve(directory, reference.file), 'utf8')
  } catch (cause) {
    throw missing(id, `the file \`${reference.file}\` cannot be read`, { cause })
  }
  const secret = text.replace(/\r?\n$/, '')
  if (secret !== '') return secret
  throw missing(id, `the file \`${reference.file}\` is empty`)
}

function missing(id: string, why: string, options?: ErrorOptions): CommandError {
  const message = `the secret for the upstream \`${id}\` is not there: ${why}`
  const mend = 'put it where the document says'
  return new CommandError('upstream_secret_missing', message, mend, options)
}
