import type { PolicyDocument } from '@newel/policy-document'
import { resolveClientSecrets } from './client-secrets.ts'
import { resolveMailPassword } from './mail-password.ts'
import { resolveRegistrationToken } from './registration-token.ts'
import { readLogo } from './read-logo.ts'
import type { StartOptions } from './start-identity-provider.ts'
import { resolveUpstreamSecrets } from './upstream-secrets.ts'

/** A document with all that it refers to. */
export type DocumentSettings = Pick<
  StartOptions,
  'document' | 'clientSecrets' | 'upstreamSecrets' | 'mailPassword' | 'registrationToken' | 'logo'
>

/** Reads the secrets and files that the document names. @throws CommandError */
export async function documentSettings(
  document: PolicyDocument,
  place: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly directory: string
  },
): Promise<DocumentSettings> {
  const mailPassword = await resolveMailPassword(document, place)
  const registrationToken = await resolveRegistrationToken(document, place)
  const logo = await readLogo(document, place.directory)
  return {
    document,
    clientSecrets: await resolveClientSecrets(document, place),
    upstreamSecrets: await resolveUpstreamSecrets(document, place),
    ...(mailPassword !== undefined && { mailPassword }),
    ...(registrationToken !== undefined && { registrationToken }),
    ...(logo && { logo }),
  }
}
