import { ClientError, StepUpError } from '../errors.ts'
import { achievedBy } from '../hold-answer.ts'
import { readChallenge } from '../read-challenge.ts'
import type { ClientSettings } from './options.ts'
import type { StepUps } from './step-ups.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'

/** How calls reach the APIs of the app. */
export interface AuthorizedCalls {
  /**
   * Like `fetch`, for APIs that may ask for more: adds the token, meets a step-up challenge, and sends the call once more,
   * with its method and body as they were. A token that the API takes for no good is refreshed once besides.
   *
   * A body given as a stream is sent once and cannot be sent again: its challenge ends in `body_not_replayable`.
   *
   * @throws StepUpError where the step-up fails, ClientError `login_required` where the session is over
   */
  readonly fetch: typeof fetch
  /**
   * Send a call whose step-up is done.
   *
   * @throws StepUpError `step_up_failed` where the API still asks
   */
  readonly sendOnce: (request: Request) => Promise<Response>
}

export function authorizedCalls(
  settings: ClientSettings,
  store: TokenStore,
  { reach }: StepUps,
): AuthorizedCalls {
  const { host, apiOrigins, binding, mode, emit } = settings

  const send = async (
    request: Request,
    replayable: boolean,
    steppedUp: boolean,
    renewed?: Tokens,
  ): Promise<Response> => {
    const { url, method, signal } = request
    const tokens = renewed ?? (await store.usable())
    const { accessToken = '' } = tokens ?? {}
    const sentAt = host.now()
    const sent = replayable ? request.clone() : request
    if (tokens) sent.headers.set('authorization', `${binding ? 'DPoP' : 'Bearer'} ${accessToken}`)
    const response = await (binding && tokens
      ? binding.send(sent, { accessToken, replayable })
      : host.fetch(sent))
    if (steppedUp) emit({ type: 'retry', url, method, status: response.status })
    const challenge = readChallenge(response, url, apiOrigins, !!binding)
    if (challenge.kind === 'hidden') emit({ type: 'challenge_hidden', url, method })
    // The answer to a call that is sent again is not read; an unread body would hold its connection.
    const drop = () => response.body?.cancel()
    if (challenge.kind === 'invalid_token' && tokens && replayable && !renewed && !steppedUp) {
      const better = await store.renewed(tokens)
      if (!better) return response
      await drop()
      return send(request, replayable, steppedUp, better)
    }
    if (challenge.kind !== 'challenge') return response
    const { requirement, scope, header } = challenge
    if (steppedUp) {
      throw new StepUpError('step_up_failed', 'the API still asks', requirement, {
        achieved: tokens && achievedBy(tokens.session),
      })
    }
    emit({ type: 'challenge', url, method, header, requirement })
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    if (!replayable) {
      throw new StepUpError(
        'body_not_replayable',
        'a stream is sent once: step up first',
        requirement,
      )
    }
    await drop()
    await reach({ requirement, mode, signal, scope }, { tokens, sentAt, request })
    return send(request, replayable, true)
  }

  return {
    sendOnce: (request) => send(request, true, true),
    async fetch(input, init) {
      const target = input instanceof Request ? input : new URL(input, host.href)
      const request = new Request(target, init)
      // A caller with a token of its own is left to it.
      const foreign =
        !apiOrigins.has(new URL(request.url).origin) || request.headers.has('authorization')
      return foreign
        ? host.fetch(request)
        : send(request, !(init?.body instanceof ReadableStream), false)
    },
  }
}
