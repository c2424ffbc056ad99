import { type EpochSeconds, type Method, ageSeconds } from '@newel/policy'
import { type UpstreamConfig, upstreamMethod } from '@newel/policy-document'

/** What an upstream was asked for, and when. */
export interface AskedOfUpstream {
  readonly purpose: 'login' | 'step_up' | 'link'
  readonly askedAt: EpochSeconds
  /** A proof made there now was asked for (`prompt=login`, `max_age=0`). */
  readonly fresh: boolean
}

export type JudgedAnswer =
  | {
      readonly ok: true
      readonly subject: string
      /** What it proves, the narrowest name last. Empty: it says who somebody is, and nothing else. */
      readonly methods: readonly Method[]
      /** When that was proved. */
      readonly at: EpochSeconds
      /** The person signed in there for the request at hand, which asked for it: also where that proves no method. */
      readonly ofRequest: boolean
    }
  | { readonly ok: false; readonly reason: 'invalid_subject' | 'future_auth_time' }

/**
 * What the claims of a verified ID token are worth by the document: the accepted answers that they fit, at the time that
 * the upstream states. What is not of the type that OIDC Core §2 gives it fits nothing.
 */
export function judgeUpstreamAnswer(
  upstream: Pick<UpstreamConfig, 'id' | 'accept' | 'authTime'>,
  claims: Readonly<Record<string, unknown>>,
  asked: AskedOfUpstream,
  now: EpochSeconds,
): JudgedAnswer {
  const { sub: subject, auth_time: authTime } = claims
  if (!isSubject(subject)) return { ok: false, reason: 'invalid_subject' }
  if (authTime !== undefined && !isPast(authTime, now)) {
    return { ok: false, reason: 'future_auth_time' }
  }
  const time = authTime ?? assumedTime(upstream, asked)
  // An upstream that ignores what was asked gives its old answer again.
  const ofRequest = asked.fresh && authTime !== undefined && authTime >= asked.askedAt
  const fitting = upstream.accept.filter((entry) => fits(entry, claims))
  if (time === undefined || fitting.length === 0) {
    return { ok: true, subject, methods: [], at: asked.askedAt, ofRequest }
  }
  return {
    ok: true,
    subject,
    methods: [
      'federated',
      upstreamMethod(upstream.id),
      ...fitting.map(({ name }) => upstreamMethod(upstream.id, name)),
    ],
    at: Math.min(time, now),
    ofRequest,
  }
}

/** OIDC Core §2: at most 255 ASCII characters. */
function isSubject(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value)
}

function isPast(value: unknown, now: EpochSeconds): value is EpochSeconds {
  return (
    typeof value === 'number' && Number.isInteger(value) && ageSeconds(value, now) !== undefined
  )
}

/** Without `auth_time` nothing tells a proof of now from one of last week, so that a step-up is never met by it. */
function assumedTime(
  { authTime }: Pick<UpstreamConfig, 'authTime'>,
  { purpose, askedAt }: AskedOfUpstream,
): EpochSeconds | undefined {
  return authTime === 'assumed' && purpose === 'login' ? askedAt : undefined
}

function fits(
  { acr, amr }: UpstreamConfig['accept'][number],
  claims: Readonly<Record<string, unknown>>,
): boolean {
  const { acr: said, amr: used } = claims
  const methods: readonly unknown[] = Array.isArray(used) ? used : []
  return (
    (acr.length === 0 || (typeof said === 'string' && acr.includes(said))) &&
    amr.every((value) => methods.includes(value))
  )
}
