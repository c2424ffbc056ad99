import type { ApiRequest, Outcome } from './guard.ts'
import type { Refusal } from './refusal.ts'
import { mergeList } from './response-headers.ts'

/** Lets scripts of an allowed origin read a refusal, where the application's CORS layer does not see it (Fetch standard). */
export function shareWithOrigin(
  outcome: Outcome,
  stated: ApiRequest['origin'],
  allowedOrigins: ReadonlySet<string>,
): Outcome {
  if (outcome.outcome === 'allowed') return outcome
  const origin = typeof stated === 'function' ? stated() : stated
  const headers: Record<string, string> = {
    ...outcome.headers,
    Vary: mergeList(outcome.headers['Vary'], 'Origin'),
  }
  if (typeof origin === 'string' && allowedOrigins.has(origin)) {
    headers['Access-Control-Allow-Origin'] = origin
  }
  return { ...outcome, headers } satisfies Refusal
}
