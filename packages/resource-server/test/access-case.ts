import type { LocalIssuer } from './local-issuer.ts'
import { testTime } from './local-issuer.ts'

/** One call and its answer; every adapter must agree. */
export interface AccessCase {
  /** The rule. */
  readonly title: string
  readonly path: string
  readonly method?: string
  readonly json?: unknown
  authorization(issuer: LocalIssuer): Promise<string | readonly string[] | undefined>
  readonly status: number
  /** `error` of the body. */
  readonly error?: string
  /** The whole `WWW-Authenticate`; `null`: there is none. */
  readonly challenge?: string | null
}

/** A Bearer token with these claims, signed by the provider. */
export const bearer =
  (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  async (issuer: LocalIssuer): Promise<string> =>
    `Bearer ${await issuer.sign(claims, header)}`

/** Claims that meet every requirement of the level kind. */
export const strong = { acr: 'phr', auth_time: testTime }
