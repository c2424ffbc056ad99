import { bearer, strong } from './access-case.ts'
import type { AccessCase } from './access-case.ts'
import { testTime } from './local-issuer.ts'

const levelMissing =
  'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required"'
const tooOld =
  'Bearer error="insufficient_user_authentication", error_description="A more recent authentication is required"'

/** What a valid token is held to. */
export const levelCases: readonly AccessCase[] = [
  {
    title: 'a valid token is enough where nothing more is asked',
    path: '/accounts',
    authorization: bearer({}),
    status: 200,
  },
  {
    title: 'a lower level is challenged, whatever the URL of the login said (OIDC Core §3.1.3.7)',
    path: '/payment-details',
    authorization: bearer({ acr: 'basic', auth_time: testTime }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${levelMissing}, acr_values="mfa", max_age="600"`,
  },
  {
    title: 'a higher level satisfies a lower one by the order of the provider',
    path: '/payment-details',
    authorization: bearer({ acr: 'phr', auth_time: testTime }),
    status: 200,
  },
  {
    title: 'exactly as old as the limit is fresh',
    path: '/payment-details',
    authorization: bearer({ acr: 'mfa', auth_time: testTime - 600 }),
    status: 200,
  },
  {
    title: 'one second more is too old: the same code, another description',
    path: '/payment-details',
    authorization: bearer({ acr: 'mfa', auth_time: testTime - 601 }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${tooOld}, acr_values="mfa", max_age="600"`,
  },
  {
    title: 'a level past its lifetime is too old, though no age is asked',
    path: '/admin',
    authorization: bearer({ acr: 'phr', auth_time: testTime - 301 }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${tooOld}, acr_values="phr"`,
  },
  {
    title: 'an age alone is judged without a level',
    path: '/recent',
    authorization: bearer({ acr: 'basic', auth_time: testTime - 61 }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${tooOld}, max_age="60"`,
  },
  {
    title: 'several levels are named in the order of preference',
    path: '/either',
    authorization: bearer({ acr: 'basic', auth_time: testTime }),
    status: 401,
    challenge: `${levelMissing}, acr_values="phr mfa"`,
  },
  ...(
    [
      ['an absent `acr`', { acr: undefined }],
      ['a null `acr`', { acr: null }],
      ['a list as `acr`', { acr: ['phr'] }],
      ['a number as `acr`', { acr: 3 }],
      ['an `acr` unknown to the provider', { acr: 'zzz' }],
      ['an `acr` in another case', { acr: 'PHR' }],
      ['an absent `auth_time`', { auth_time: undefined }],
      ['a text as `auth_time`', { auth_time: String(testTime) }],
      ['an `auth_time` in the future beyond the tolerance', { auth_time: testTime + 6 }],
    ] as const
  ).map(([what, claims]): AccessCase => ({
    title: `${what} is challenged, never a pass`,
    path: '/admin',
    authorization: bearer({ ...strong, ...claims }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${levelMissing}, acr_values="phr"`,
  })),
  {
    title: 'an `auth_time` in the future within the tolerance is now',
    path: '/admin',
    authorization: bearer({ acr: 'phr', auth_time: testTime + 5 }),
    status: 200,
  },
  {
    title: 'a missing scope is 403 `insufficient_scope`: step-up does not help',
    path: '/statements',
    authorization: bearer({ scope: 'profile' }),
    status: 403,
    error: 'insufficient_scope',
    challenge:
      'Bearer error="insufficient_scope", error_description="the access token lacks a scope", scope="statements"',
  },
  {
    title: 'scope and level both missing: one challenge names both',
    path: '/limits',
    authorization: bearer({ acr: 'basic', auth_time: testTime }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${levelMissing}, acr_values="phr", scope="limits"`,
  },
  {
    title: 'scope missing at a sufficient level: 403',
    path: '/limits',
    authorization: bearer(strong),
    status: 403,
    error: 'insufficient_scope',
  },
  {
    title: 'a client-credentials token is refused without a challenge that nobody could meet',
    path: '/admin',
    authorization: bearer({ ...strong, sub: 'bank-web' }),
    status: 403,
    error: 'access_denied',
    challenge: null,
  },
  {
    title: 'a delegated token is not the person (RFC 8693 §4.1)',
    path: '/admin',
    authorization: bearer({ ...strong, act: { sub: 'support' } }),
    status: 403,
    error: 'access_denied',
    challenge: null,
  },
  {
    title: 'a client-credentials token passes where no person is asked',
    path: '/accounts',
    authorization: bearer({ sub: 'bank-web' }),
    status: 200,
  },
  {
    title: 'a computed requirement lets the small amount pass',
    path: '/transfers',
    method: 'POST',
    json: { amount: 999 },
    authorization: bearer({ acr: 'basic', auth_time: testTime }),
    status: 200,
  },
  {
    title: 'a computed requirement challenges the large amount',
    path: '/transfers',
    method: 'POST',
    json: { amount: 1000 },
    authorization: bearer({ acr: 'phr', auth_time: testTime }),
    status: 401,
    error: 'insufficient_user_authentication',
    challenge: `${tooOld}, acr_values="phr", max_age="0"`,
  },
  {
    title: 'a computed requirement that fails is an error, never a pass',
    path: '/broken',
    authorization: bearer(strong),
    status: 500,
  },
  {
    title: 'a computed requirement does not run without a valid token',
    path: '/broken',
    authorization: async () => undefined,
    status: 401,
    error: 'token_required',
  },
]
