import type { JudgingOrder, Requirement } from '@newel/policy'
import { authenticationFromClaims } from '@newel/protocol'
import { ClientError, StepUpError } from '../errors.ts'
import { reaches } from '../hold-answer.ts'
import { jwtPart } from '../jwt-part.ts'
import { publishedOrder, unordered } from '../published-order.ts'
import type { StepUpTransaction } from './login-library.ts'

/** What an ID token says of whom it is about. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

/** @throws ClientError `response_invalid` */
export function identityOf(idToken: string): Identity {
  const { iss, sub } = jwtPart(idToken.split('.')[1])
  if (typeof iss === 'string' && typeof sub === 'string') return { issuer: iss, subject: sub }
  throw new ClientError('response_invalid', 'the ID token names no issuer or nobody')
}

/** The parts of the surroundings that the judgement needs. */
export interface JudgementHost {
  /** Seconds since 1970. */
  readonly now: () => number
  readonly fetch: typeof fetch
  readonly clockToleranceSeconds: number
}

/**
 * Hold an ID token to what was asked: the same provider and person as before, a level that satisfies one asked, a proof
 * that is young enough by the provider's own clock (OIDC Core §3.1.3.7 items 2, 12 and 13). That it is genuine and for this
 * client is the library's to check; the token came to it from the token endpoint.
 *
 * @throws StepUpError `different_user`, `step_up_unmet`; ClientError `response_invalid`
 */
export async function judgeStepUp(
  idToken: string,
  { requirement, issuer, subject, beganAt }: StepUpTransaction,
  host: JudgementHost,
): Promise<void> {
  const receivedAt = host.now()
  const claims = jwtPart(idToken.split('.')[1])
  const identity = identityOf(idToken)
  const reading = authenticationFromClaims(claims)
  const issuedAt = claims['iat']
  if (!reading.ok || typeof issuedAt !== 'number' || identity.issuer !== issuer) {
    throw new ClientError('response_invalid', "the provider's answer cannot be accepted")
  }
  if (identity.subject !== subject) {
    throw new StepUpError(
      'different_user',
      'another person answered; the session stays with the first',
      requirement,
    )
  }
  const { authentication } = reading
  const answered = { session: authentication, clockOffsetSeconds: issuedAt - receivedAt }
  const { clockToleranceSeconds } = host
  const decide = (order: JudgingOrder) =>
    reaches(requirement, answered, beganAt, issuedAt, { order, clockToleranceSeconds })
  if (decide(unordered)) return
  // Another level than those asked may satisfy one of them; the provider knows.
  const named = requirement.acrValues.includes(authentication.acr ?? '')
  if (!named && decide(await orderOf(issuer, host))) return
  throw new StepUpError(
    'step_up_unmet',
    "the provider's answer does not reach what was asked",
    requirement,
    { achieved: authentication },
  )
}

/** The order that the provider publishes, if it can be had. Without one nothing satisfies anything but itself. */
async function orderOf(issuer: string, host: JudgementHost): Promise<JudgingOrder> {
  try {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const metadata: unknown = await (await host.fetch(address)).json()
    const document: Readonly<Record<string, unknown>> = { ...(metadata as object) }
    return document['issuer'] === issuer ? publishedOrder(document) : unordered
  } catch {
    return unordered
  }
}

/** Whether an ID token in hand already states what is asked, as of a call that was sent with an older one. */
export function reachedBy(
  idToken: string,
  requirement: Requirement,
  sentAt: number,
  host: JudgementHost,
): boolean {
  const claims = jwtPart(idToken.split('.')[1])
  const reading = authenticationFromClaims(claims)
  return (
    reading.ok &&
    reaches(
      requirement,
      { session: reading.authentication, clockOffsetSeconds: 0 },
      sentAt,
      host.now(),
      { order: unordered, clockToleranceSeconds: host.clockToleranceSeconds },
    )
  )
}
