import { ClientError } from '../errors.ts'

/**
 * An address that a token may travel to: `https`, or `http` that stays on the machine.
 *
 * @throws ClientError `configuration`
 */
export function secureAddress(option: string, value: string): URL {
  const url = URL.parse(value)
  if (url && isSecure(url)) return url
  throw new ClientError('configuration', `\`${option}\` must be https, not \`${value}\``)
}

/** @throws ClientError `configuration` where one is no origin, or a token would travel in the clear */
export function apiOriginsFrom(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    if (secureAddress('apiOrigins', origin).origin !== origin) {
      throw new ClientError(
        'configuration',
        `\`apiOrigins\` must be origins, such as \`https://api.example.com\`, not \`${origin}\``,
      )
    }
  }
  return new Set(origins)
}

/** `https`, or `http` to this machine. */
export function isSecure({ protocol, hostname }: URL): boolean {
  const local = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && local)
}
