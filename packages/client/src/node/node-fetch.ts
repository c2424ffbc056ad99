import type { EpochSeconds } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { type ChallengeReading, readChallenge } from '../read-challenge.ts'
import type { NodeSession } from './node-session.ts'
import type { CommonSettings, NodeSettings } from './node-options.ts'
import type { NodeStepUps } from './node-step-ups.ts'
import { achievedBy } from '../hold-answer.ts'
import type { NodeTokens } from './stored-tokens.ts'

/** A call as it went out, and what came back. */
export interface Attempt {
  readonly response: Response
  readonly challenge: ChallengeReading
  readonly sentAt: EpochSeconds
  /** To send it again. Absent: its body was a stream, which is gone. */
  readonly again?: Request
  /** Absent: nobody was logged in, or the call is none of an API's. */
  readonly tokens?: NodeTokens
}

/**
 * Send a call, with the token where it goes to one of `apiOrigins` and has none of its own. A token that the API takes for
 * no good is refreshed once, and the call sent once more, as it was: a 401 says that nothing was done.
 */
export async function attemptCall(
  settings: NodeSettings,
  session: NodeSession,
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Attempt> {
  const { host, apiOrigins } = settings
  const request = new Request(input, init)
  const untouched = !apiOrigins.has(new URL(request.url).origin)
  if (untouched || request.headers.has('authorization')) {
    const sentAt = host.now()
    return { response: await host.fetch(request), challenge: { kind: 'none' }, sentAt }
  }
  const again = init?.body instanceof ReadableStream ? undefined : request.clone()
  const tokens = await session.usable()
  const attempt = await sendWith(settings, request, tokens, again !== undefined)
  if (attempt.challenge.kind !== 'invalid_token' || !tokens || !again) {
    return { ...attempt, ...(again ? { again } : {}), ...(tokens ? { tokens } : {}) }
  }
  const renewed = await session.renewed(tokens)
  if (!renewed) return { ...attempt, again, tokens }
  await attempt.response.body?.cancel()
  return { ...(await sendWith(settings, again.clone(), renewed, true)), again, tokens: renewed }
}

/**
 * Send a call for the second time, which is the last.
 *
 * @throws StepUpError `step_up_failed` where the API still asks
 */
export async function sendAgain(
  settings: NodeSettings,
  request: Request,
  tokens: NodeTokens | undefined,
): Promise<Response> {
  const { response, challenge } = await sendWith(settings, request, tokens, true)
  if (challenge.kind !== 'challenge') return response
  await response.body?.cancel()
  throw new StepUpError(
    'step_up_failed',
    'stepped up as asked, and the API still asks',
    challenge.requirement,
    tokens ? { achieved: achievedBy(tokens.session) } : {},
  )
}

/**
 * Like `fetch`, for APIs that may ask for more: adds the token, meets a step-up challenge, and sends the call once more,
 * with its method and body as they were.
 */
export function createNodeFetch(
  settings: NodeSettings,
  session: NodeSession,
  stepUps: NodeStepUps,
): typeof fetch {
  return async (input, init) => {
    const first = await attemptCall(settings, session, input, init)
    const { response, challenge, tokens, again, sentAt } = first
    if (challenge.kind !== 'challenge') return response
    const { requirement, scope } = challenge
    // The answer is not read; an unread body would hold its connection.
    await response.body?.cancel()
    if (!tokens) throw new ClientError('login_required', 'the API asks for a login')
    if (!again) {
      throw new StepUpError(
        'body_not_replayable',
        'the body was a stream: step up, then send the call anew',
        requirement,
      )
    }
    const wish = {
      requirement,
      via: settings.via,
      api: new URL(again.url).origin,
      signal: again.signal,
      ...(scope === undefined ? {} : { scope }),
    }
    const reached = await stepUps.reach(wish, { tokens, sentAt })
    // A proof for one call is for this one, whatever another process has put in the store since.
    const usable = reached.session.oneShot === true ? reached : await session.usable()
    return sendAgain(settings, again, usable)
  }
}

/** Send a call once, with these tokens and the proof of their key. */
export async function sendWith(
  { host, keys, apiOrigins }: CommonSettings,
  request: Request,
  tokens: Pick<NodeTokens, 'accessToken' | 'key'> | undefined,
  replayable: boolean,
): Promise<Pick<Attempt, 'response' | 'challenge' | 'sentAt'>> {
  const { url, headers } = request
  const sentAt = host.now()
  const { accessToken, key } = tokens ?? {}
  if (accessToken !== undefined) {
    headers.set('authorization', `${key ? 'DPoP' : 'Bearer'} ${accessToken}`)
  }
  const response = await (key && accessToken !== undefined
    ? keys.of(key).send(request, { accessToken, replayable })
    : host.fetch(request))
  return { response, sentAt, challenge: readChallenge(response, url, apiOrigins, !!key) }
}
