import type { EpochSeconds } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { achievedBy } from '../hold-answer.ts'
import { readChallenge } from '../read-challenge.ts'
import type { ClientSettings } from './options.ts'
import { sendCall } from './send-call.ts'
import type { StepUps } from './step-ups.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'

/** A call that an API answered with 401. */
export interface RefusedCall {
  /** The call itself: unsent, where it is replayable. */
  readonly request: Request
  readonly replayable: boolean
  /** What it was sent with. */
  readonly tokens: Tokens | undefined
  /** On this machine's clock. */
  readonly sentAt: EpochSeconds
  readonly response: Response
}

/**
 * Act on a 401: refresh where the API takes the token for no good, step up where it challenges, and send the call once
 * more after each. What asks for neither is handed back.
 *
 * @throws StepUpError where the step-up fails, ClientError `login_required` where the session is over
 */
export async function meetRefusal(
  settings: ClientSettings,
  store: TokenStore,
  { reach }: StepUps,
  refused: RefusedCall,
): Promise<Response> {
  const { host, emit, mode } = settings
  const { request, replayable } = refused
  const { url, method, signal } = request
  let { tokens, sentAt, response } = refused
  let challenge = challengeOf(settings, request, response)
  if (challenge.kind === 'invalid_token' && tokens && replayable) {
    const renewed = await store.renewed(tokens)
    if (renewed) {
      await response.body?.cancel()
      tokens = renewed
      sentAt = host.now()
      response = await sendCall(settings, request.clone(), tokens, replayable)
      challenge = challengeOf(settings, request, response)
    }
  }
  if (challenge.kind !== 'challenge') return response
  const { requirement, scope, header } = challenge
  emit({ type: 'challenge', url, method, header, requirement })
  if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
  if (!replayable) {
    throw new StepUpError(
      'body_not_replayable',
      'the body was a stream: step up, then send the call anew',
      requirement,
    )
  }
  // The answer is not read; an unread body would hold its connection.
  await response.body?.cancel()
  await reach({ requirement, mode, signal, scope }, { tokens, sentAt, request })
  return sendOnce(settings, store, request)
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
  const response = await sendCall(settings, request, tokens, true)
  settings.emit({ type: 'retry', url, method, status: response.status })
  const challenge = challengeOf(settings, request, response)
  if (challenge.kind !== 'challenge') return response
  throw new StepUpError(
    'step_up_failed',
    'stepped up as asked, and the API still asks',
    challenge.requirement,
    tokens ? { achieved: achievedBy(tokens.session) } : {},
  )
}

function challengeOf(
  { apiOrigins, binding, emit }: ClientSettings,
  { url, method }: Request,
  response: Response,
) {
  // An API may name the scheme that it prefers rather than the one that came.
  const schemes = binding ? (['DPoP', 'Bearer'] as const) : (['Bearer'] as const)
  const challenge = readChallenge(response, url, apiOrigins, schemes)
  if (challenge.kind === 'hidden') emit({ type: 'challenge_hidden', url, method })
  return challenge
}
