import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { logoLimit } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'

/**
 * The file to which `branding.logo` refers, found from `directory`. Absent: the document names none. What is in it is
 * judged by the provider; one byte more than it takes is read at most.
 *
 * @throws CommandError `logo_missing`
 */
export async function readLogo(
  { branding }: PolicyDocument,
  directory: string,
): Promise<Uint8Array | undefined> {
  const path = branding?.logo
  if (path === undefined) return undefined
  try {
    await using file = await open(resolve(directory, path))
    const buffer = Buffer.alloc(logoLimit + 1)
    let length = 0
    // A read may give less than was asked for.
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      ;({ bytesRead: got } = await file.read(buffer, length, buffer.length - length))
    }
    return buffer.subarray(0, length)
  } catch (cause) {
    throw new CommandError(
      'logo_missing',
      `the logo \`${path}\` cannot be read`,
      'put it where `branding.logo` says, or remove the key',
      { cause },
    )
  }
}
