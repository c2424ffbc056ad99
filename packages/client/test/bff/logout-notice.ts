import type { ScriptedProvider } from '../scripted-provider.ts'
import { appOrigin } from './bff-bank.ts'

export const logoutTokenType = 'logout+jwt'
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** The claims of a logout token (Back-Channel Logout §2.4). */
export function logoutClaims(
  { issuer, now }: ScriptedProvider,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    iss: issuer,
    aud: 'bank',
    iat: now,
    exp: now + 120,
    jti: 'logout-1',
    sub: 'alice',
    sid: 'session-1',
    events: { [logoutEvent]: {} },
    ...changes,
  }
}

/** The request by which a provider tells of a logout (§2.5). */
export function logoutNotice(token: string): Request {
  const body = new URLSearchParams({ logout_token: token })
  return new Request(`${appOrigin}/bff/back-channel-logout`, { method: 'POST', body })
}
