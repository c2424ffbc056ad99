import type { EpochSeconds } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { type ChallengeReading, readChallenge } from '../read-challenge.ts'
import { achievedBy } from '../hold-answer.ts'
import type { ClientSettings } from './options.ts'
import type { StepUps } from './step-ups.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'

interface Attempt {
  readonly response: Response
  readonly challenge: ChallengeReading
  readonly sentAt: EpochSeconds
}

/**
 * Like `fetch`, for APIs that may ask for more: adds the token, meets a step-up challenge, and sends the call once more,
 * with its method and body as they were. A token that the API takes for no good is refreshed once besides.
 *
 * A body given as a stream is sent once and cannot be sent again: its challenge ends in `body_not_replayable`.
 */
export function createAuthorizedFetch(
  settings: ClientSettings,
  store: TokenStore,
  stepUps: StepUps,
): typeof fetch {
  return async (input, init) => {
    const { host, apiOrigins, emit, mode } = settings
    const address = new URL(input instanceof Request ? input.url : input, host.href)
    const request = new Request(input instanceof Request ? input : address, init)
    // A caller with a token of its own is left to it.
    if (!apiOrigins.has(address.origin) || request.headers.has('authorization')) {
      return host.fetch(request)
    }
    const { url, method, signal } = request
    const replayable = !(init?.body instanceof ReadableStream)
    const attempt = () => send(settings, replayable ? request.clone() : request, tokens, replayable)
    let tokens = await store.usable()
    let first = await attempt()
    if (first.challenge.kind === 'invalid_token' && tokens && replayable) {
      const renewed = await store.renewed(tokens)
      if (renewed) {
        await first.response.body?.cancel()
        tokens = renewed
        first = await attempt()
      }
    }
    const { response, challenge, sentAt } = first
    if (challenge.kind !== 'challenge') return response
    const { requirement, scope, header } = challenge
    emit({ type: 'challenge', url, method, header, requirement })
    if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
    if (!replayable) {
      throw new StepUpError(
        'body_not_replayable',
        'the body was a stream: step up first',
        requirement,
      )
    }
    // The answer is not read; an unread body would hold its connection.
    await response.body?.cancel()
    await stepUps.reach({ requirement, mode, signal, scope }, { tokens, sentAt, request })
    return sendOnce(settings, store, request)
  }
}

/**
 * Send a call whose step-up is done.
 *
 * @throws StepUpError `step_up_failed` where the API still asks
 */
export async function sendOnce(
  settings: ClientSettings,
  store: TokenStore,
  request: Request,
): Promise<Response> {
  const { url, method } = request
  const tokens = await store.usable()
  const { response, challenge } = await send(settings, request, tokens, true)
  settings.emit({ type: 'retry', url, method, status: response.status })
  if (challenge.kind !== 'challenge') return response
  throw new StepUpError(
    'step_up_failed',
    'the API still asks',
    challenge.requirement,
    tokens ? { achieved: achievedBy(tokens.session) } : {},
  )
}

async function send(
  { host, apiOrigins, binding, emit }: ClientSettings,
  request: Request,
  tokens: Tokens | undefined,
  replayable: boolean,
): Promise<Attempt> {
  const { url, method, headers } = request
  const sentAt = host.now()
  const accessToken = tokens?.accessToken
  // An API may name the scheme that it prefers rather than the one that came.
  const schemes = binding ? (['DPoP', 'Bearer'] as const) : (['Bearer'] as const)
  if (accessToken !== undefined) headers.set('authorization', `${schemes[0]} ${accessToken}`)
  const response = await (binding && accessToken !== undefined
    ? binding.send(request, { accessToken, replayable })
    : host.fetch(request))
  const challenge = readChallenge(response, url, apiOrigins, schemes)
  if (challenge.kind === 'hidden') emit({ type: 'challenge_hidden', url, method })
  return { response, challenge, sentAt }
}
