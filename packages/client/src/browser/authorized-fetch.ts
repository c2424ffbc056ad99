import type { EpochSeconds } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { type ChallengeReading, readChallenge } from '../read-challenge.ts'
import { achievedBy } from './accept-answer.ts'
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
 * with its method and body as they were.
 *
 * A body given as a stream is sent once and cannot be sent again: its challenge ends in `body_not_replayable`.
 */
export function createAuthorizedFetch(
  settings: ClientSettings,
  store: TokenStore,
  stepUps: StepUps,
): typeof fetch {
  return async (input, init) => {
    const { host, apiOrigins, emit } = settings
    const address = new URL(input instanceof Request ? input.url : input, host.href)
    if (!apiOrigins.has(address.origin)) return host.fetch(asRequest(input, init, address))
    const request = asRequest(input, init, address)
    // A caller with a token of its own is left to it.
    if (request.headers.has('authorization')) return host.fetch(request)
    const { url, method, signal } = request
    const replayable = !(init?.body instanceof ReadableStream)
    const again = replayable ? request.clone() : undefined
    const tokens = await store.usable()
    const first = await send(settings, request, tokens)
    if (first.challenge.kind !== 'challenge') return first.response
    const { requirement, scope, header } = first.challenge
    emit({ type: 'challenge', url, method, header, requirement })
    if (!tokens) throw new ClientError('login_required', 'the API asks for a login')
    if (!again) {
      throw new StepUpError(
        'body_not_replayable',
        'the body was a stream: step up, then send the call anew',
        requirement,
      )
    }
    // The answer is not read; an unread body would hold its connection.
    await first.response.body?.cancel()
    await stepUps.reach(
      { requirement, mode: settings.mode, signal, ...(scope === undefined ? {} : { scope }) },
      { tokens, sentAt: first.sentAt },
    )
    const better = await store.usable()
    const second = await send(settings, again, better)
    emit({ type: 'retry', url, method, status: second.response.status })
    if (second.challenge.kind !== 'challenge') return second.response
    throw new StepUpError(
      'step_up_failed',
      'stepped up as asked, and the API still asks',
      second.challenge.requirement,
      better ? { achieved: achievedBy(better) } : {},
    )
  }
}

function asRequest(input: RequestInfo | URL, init: RequestInit | undefined, address: URL): Request {
  return new Request(input instanceof Request ? input : address, init)
}

async function send(
  { host, apiOrigins, emit }: ClientSettings,
  request: Request,
  tokens: Tokens | undefined,
): Promise<Attempt> {
  if (tokens) request.headers.set('authorization', `Bearer ${tokens.accessToken}`)
  const sentAt = host.now()
  const response = await host.fetch(request)
  const challenge = readChallenge(response, request.url, apiOrigins)
  if (challenge.kind === 'hidden') {
    emit({ type: 'challenge_hidden', url: request.url, method: request.method })
  }
  return { response, challenge, sentAt }
}
