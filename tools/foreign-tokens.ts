/** What a provider issues as its page says, for the example of that page to judge. */
export interface ForeignProvider {
  /** As it writes it in `iss`. */
  readonly issuer: string
  readonly audience: string
  /** Its header's `typ`. Absent: it writes none. */
  readonly typ?: string
  /** Beside what the examples need to be discovered. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Of every token for a person. */
  readonly claims: Readonly<Record<string, unknown>>
  /** What a token states that is enough, and one that is not. `now` in epoch seconds. */
  readonly enough: (now: number) => Readonly<Record<string, unknown>>
  readonly tooLittle: (now: number) => Readonly<Record<string, unknown>>
  /** What is asked where the example exports no `changeDetails`. */
  readonly requirement?: { readonly acr: string }
}

/** By the name of its page, or of its part of one. What each token looks like is in the tests of the presets, from the provider's documentation. */
export const foreignProviders: Readonly<Record<string, ForeignProvider>> = {
  keycloak: {
    issuer: 'https://sso.example.com/realms/bank',
    audience: 'payments',
    typ: 'JWT',
    claims: { typ: 'Bearer', azp: 'bank-web', sub: 'f3a1' },
    enough: (now) => ({ acr: '2', auth_time: now }),
    tooLittle: (now) => ({ acr: '1', auth_time: now }),
  },
  auth0: {
    issuer: 'https://bank.eu.auth0.com/',
    audience: 'https://api.example.com',
    typ: 'at+jwt',
    claims: { azp: 'web', sub: 'auth0|6553' },
    enough: (now) => ({
      'https://bank.example/acr': 'mfa',
      'https://bank.example/auth_time': now,
    }),
    tooLittle: (now) => ({
      'https://bank.example/acr': 'basic',
      'https://bank.example/auth_time': now,
    }),
  },
  okta: {
    issuer: 'https://bank.okta.com/oauth2/default',
    audience: 'api://default',
    claims: { ver: 1, cid: '0oa1', uid: '00u1', sub: 'ada@bank.example', scp: ['payments'] },
    enough: (now) => ({ acr: 'urn:okta:loa:2fa:any', auth_time: now }),
    tooLittle: (now) => ({ acr: 'urn:okta:loa:1fa:any', auth_time: now }),
  },
  'entra-id': {
    issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    audience: '66666666-7777-8888-9999-000000000000',
    typ: 'JWT',
    claims: { azp: 'web', sub: 'AAAA', scp: 'payments' },
    enough: () => ({ acrs: ['c1'] }),
    tooLittle: () => ({ acrs: ['c2'] }),
  },
  newel: {
    issuer: 'https://id.example.com',
    audience: 'https://api.example.com',
    typ: 'at+jwt',
    metadata: {
      introspection_endpoint: 'https://id.example.com/introspect',
      newel_levels: [
        { acr: 'basic', lifetime: 900, satisfies: [] },
        { acr: 'mfa', lifetime: 900, satisfies: ['basic'] },
      ],
    },
    claims: { client_id: 'web', sub: 'ada', scope: 'statements' },
    enough: (now) => ({ acr: 'mfa', auth_time: now }),
    tooLittle: (now) => ({ acr: 'basic', auth_time: now }),
    requirement: { acr: 'mfa' },
  },
  lemonldap: {
    issuer: 'https://auth.example.com',
    audience: 'https://api.example.com',
    typ: 'JWT',
    claims: { client_id: 'web', sub: 'dwho' },
    enough: (now) => ({ acr: 'loa-4', auth_time: now }),
    tooLittle: (now) => ({ acr: 'loa-1', auth_time: now }),
    requirement: { acr: 'loa-4' },
  },
  'any-other': {
    issuer: 'https://login.example.com',
    audience: 'bank-api',
    typ: 'JWT',
    claims: { token_use: 'access', sub: 'ada' },
    enough: (now) => ({ amr: ['pwd', 'otp'], auth_time: now }),
    tooLittle: (now) => ({ amr: ['pwd'], auth_time: now }),
    requirement: { acr: 'multi' },
  },
}
