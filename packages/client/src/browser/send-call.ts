import type { ClientSettings } from './options.ts'
import type { Tokens } from './tokens.ts'

/**
 * Send a call with the token, and with the proof that the token may need. `replayable: false`: its body can be sent only
 * once.
 */
export function sendCall(
  { host, binding }: ClientSettings,
  request: Request,
  tokens: Tokens | undefined,
  replayable: boolean,
): Promise<Response> {
  const { accessToken } = tokens ?? {}
  if (accessToken === undefined) return host.fetch(request)
  request.headers.set('authorization', `${binding ? 'DPoP' : 'Bearer'} ${accessToken}`)
  return binding ? binding.send(request, { accessToken, replayable }) : host.fetch(request)
}
