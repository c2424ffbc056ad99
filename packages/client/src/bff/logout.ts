import { ClientError } from '../errors.ts'
import type { BffParts } from './bff-parts.ts'
import type { Exchange } from './exchange.ts'
import type { LogoutTokens } from './logout-token.ts'
import { readBody } from './read-body.ts'
import { redirect } from './redirect.ts'
import { isNavigation, noStore } from './same-origin.ts'

/** End the session here and at the provider. A form is led there; a script is told where to go. */
export async function handleLogout(parts: BffParts, exchange: Exchange): Promise<Response> {
  const { settings, sessions, provider } = parts
  const held = await sessions.load(exchange, false)
  if (held) {
    await sessions.end(exchange, held)
    const { subject, refreshToken } = held.record.tokens
    settings.emit({ type: 'session_ended', subject, reason: 'logout' })
    // The session here is over, whatever the provider makes of it.
    if (refreshToken !== undefined) await provider.revoke(refreshToken).catch(() => {})
  }
  const location = (await endSessionAddress(parts)) ?? '/'
  if (isNavigation(exchange)) return redirect(location)
  return Response.json({ location }, { headers: noStore })
}

async function endSessionAddress({ settings, provider }: BffParts): Promise<string | undefined> {
  const metadata = await provider.discover().catch(() => undefined)
  const endpoint = URL.parse(metadata?.server.end_session_endpoint ?? '')
  if (endpoint?.protocol !== 'https:' && endpoint?.protocol !== settings.issuer.protocol) {
    return undefined
  }
  // The client's name instead of `id_token_hint`: an address is no place for a token. RP-Initiated Logout §2.
  endpoint.searchParams.set('client_id', settings.clientId)
  if (settings.postLogoutRedirectUri !== undefined) {
    endpoint.searchParams.set('post_logout_redirect_uri', settings.postLogoutRedirectUri)
  }
  return endpoint.href
}

/** A logout token is under a kilobyte or two. */
const mostLogoutBytes = 16_384

/** The provider tells that a session ended. Back-Channel Logout §2.5, §2.8. */
export async function handleBackChannelLogout(
  { settings, sessions }: BffParts,
  logoutTokens: LogoutTokens,
  { request }: Exchange,
): Promise<Response> {
  const body = await readBody(request, mostLogoutBytes)
  const token = body && new URLSearchParams(new TextDecoder().decode(body)).get('logout_token')
  const order = token ? await logoutTokens.verify(token) : undefined
  if (!order) return Response.json({ error: 'invalid_request' }, { status: 400, headers: noStore })
  const { subject, issuedAt } = order
  await sessions.endAt(order, issuedAt)
  if (!(await logoutTokens.markUsed(order))) {
    return Response.json({ error: 'invalid_request' }, { status: 400, headers: noStore })
  }
  settings.emit({
    type: 'back_channel_logout',
    ...(subject === undefined ? {} : { subject }),
  })
  return new Response(null, { status: 200, headers: noStore })
}

/** A provider that is away is asked to come again. */
export function backChannelFailure(error: unknown): Response {
  if (!(error instanceof ClientError) || error.code === 'configuration') throw error
  return new Response(null, { status: 503, headers: noStore })
}
