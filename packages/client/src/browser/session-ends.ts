import { ClientError, codeOf } from '../errors.ts'
import type { Session } from '../session.ts'
import { waitForAnswer } from './answer.ts'
import { type AuthorizationRequest, prepareAuthorization } from './authorization-request.ts'
import type { LogoutOptions, RestoreOptions } from './browser-client.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import { endpoint } from './server-metadata.ts'
import type { TokenStore } from './token-store.ts'
import type { Transaction } from './transaction.ts'
import { visitByRedirect } from './visit.ts'

/** No person is waited for in a frame. */
const frameMilliseconds = 10_000

/** Get the session of the provider back, without showing a page. */
export async function restore(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  { via = 'frame' }: RestoreOptions = {},
): Promise<Session | undefined> {
  const subject = store.tokens?.session.subject
  const request = await prepareAuthorization(settings, provider, {
    purpose: 'restore',
    delivery: via,
    prompt: 'none',
    subject,
  })
  if (via === 'redirect') {
    await visitByRedirect(settings, request)
    return undefined
  }
  const answer = await visitByFrame(settings, request)
  try {
    const tokens = await provider.redeem(answer, request.transaction)
    // A logout meanwhile stands.
    if (subject !== undefined && !store.tokens) return undefined
    return store.replace('restore', tokens).session
  } catch (error) {
    if (codeOf(error) === 'login_required') return undefined
    throw error
  }
}

/** Ask the provider in an invisible frame, with `prompt=none`. Its redirect ends on the callback page, framed by us. */
async function visitByFrame(
  { host }: ClientSettings,
  { url, transaction }: AuthorizationRequest,
): Promise<URLSearchParams> {
  const answer = await waitForAnswer(host, transaction.state, frameMilliseconds, (_, ended) => {
    const frame = host.openFrame?.(url) ?? openFrame(url)
    ended.addEventListener('abort', () => frame.remove())
  })
  if (typeof answer !== 'string') return answer
  throw new ClientError('provider_unavailable', 'the provider did not answer in a frame')
}

function openFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.src = url
  document.body.append(frame)
  return frame
}

/**
 * The redirect of a step-up cost the page its tokens, and the step-up gave none: leave to get the session back from the
 * provider, and tell of the error afterwards. At the top level this works whatever the browser thinks of cookies in frames.
 */
export async function restoreAfter(
  settings: ClientSettings,
  provider: Provider,
  { subject, returnTo }: Transaction,
  error: ClientError,
): Promise<void> {
  const request = await prepareAuthorization(settings, provider, {
    purpose: 'restore',
    delivery: 'redirect',
    prompt: 'none',
    subject,
    returnTo,
    // All that it states; not what caused it.
    failure: Object.assign({}, error, { message: error.message }),
  })
  // Comes to an end only with the page.
  void visitByRedirect(settings, request)
}

/**
 * Tell the provider that the session is over (RFC 7009), best effort, and leave for its logout page.
 */
export async function endAtProvider(
  { clientId, host }: ClientSettings,
  provider: Provider,
  refreshToken: string | undefined,
  { postLogoutRedirectUri, local }: LogoutOptions,
): Promise<void> {
  if (refreshToken !== undefined) {
    const parameters = { token: refreshToken, token_type_hint: 'refresh_token' }
    await provider
      .discover()
      .then((server) => provider.ask(endpoint(server, 'revocation_endpoint'), parameters))
      .catch(() => {})
  }
  if (local) return
  const server = await provider.discover()
  if (server.end_session_endpoint === undefined) return
  // The client's name instead of `id_token_hint`: an address is no place for a token. RP-Initiated Logout §2.
  const parameters = {
    client_id: clientId,
    ...(postLogoutRedirectUri && { post_logout_redirect_uri: postLogoutRedirectUri }),
  }
  host.navigate(endpoint(server, 'end_session_endpoint', parameters).href)
}
