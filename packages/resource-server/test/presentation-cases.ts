import { bearer, strong } from './access-case.ts'
import type { AccessCase } from './access-case.ts'

const invalidRequest = (description: string): string =>
  `Bearer error="invalid_request", error_description="${description}"`

/** How a token is presented. */
const mismatched =
  'DPoP error="invalid_token", error_description="the access token must be presented as what it is: bound to a key, or a bearer token", algs="ES256 ES384 ES512 EdDSA Ed25519 PS256 PS384 PS512 RS256 RS384 RS512"'

export const presentationCases: readonly AccessCase[] = [
  {
    title: 'no token: a challenge without an error code (RFC 6750 §3.1)',
    path: '/admin',
    authorization: async () => undefined,
    status: 401,
    error: 'token_required',
    challenge: 'Bearer',
  },
  {
    title: 'another scheme is no token',
    path: '/admin',
    authorization: async () => 'Basic dXNlcjpwYXNz',
    status: 401,
    error: 'token_required',
    challenge: 'Bearer',
  },
  {
    title: 'a scheme without a token is malformed',
    path: '/admin',
    authorization: async () => 'Bearer',
    status: 400,
    error: 'invalid_request',
    challenge: invalidRequest('the Authorization header is malformed'),
  },
  {
    title: 'two tokens in one header are malformed',
    path: '/admin',
    authorization: async (issuer) => `Bearer ${await issuer.sign(strong)}, Bearer x`,
    status: 400,
    error: 'invalid_request',
  },
  {
    title: 'two Authorization headers are refused, even where the first would pass (RFC 6750 §3.1)',
    path: '/admin',
    authorization: async (issuer) => [`Bearer ${await issuer.sign(strong)}`, 'Bearer x.y.z'],
    status: 400,
    error: 'invalid_request',
  },
  {
    title: 'the scheme is compared without regard to case (RFC 9110 §11.1)',
    path: '/admin',
    authorization: async (issuer) => `bEARER ${await issuer.sign(strong)}`,
    status: 200,
  },
  {
    title: 'a token in the query is no token (RFC 9700 §4.3.2)',
    path: '/admin?access_token=x.y.z',
    authorization: async () => undefined,
    status: 401,
    error: 'token_required',
  },
  {
    title: 'a token that is bound to no key is not presented as DPoP',
    path: '/admin',
    authorization: async (issuer) => `DPoP ${await issuer.sign(strong)}`,
    status: 401,
    error: 'invalid_token',
    challenge: mismatched,
  },
  {
    title: 'a DPoP-bound token sent as Bearer is refused with the DPoP scheme (RFC 9449 §7.2)',
    path: '/admin',
    authorization: bearer({ ...strong, cnf: { jkt: 'x' } }),
    status: 401,
    error: 'invalid_token',
    challenge: mismatched,
  },
  {
    title: 'a DPoP-bound token without a proof is refused (RFC 9449 §7.1)',
    path: '/admin',
    authorization: async (issuer) => `DPoP ${await issuer.sign({ ...strong, cnf: { jkt: 'x' } })}`,
    status: 401,
    error: 'invalid_dpop_proof',
  },
  {
    title: 'a token bound to a certificate is refused where none was presented (RFC 8705 §3)',
    path: '/accounts',
    authorization: bearer({ cnf: { 'x5t#S256': 'x' } }),
    status: 401,
    error: 'invalid_token',
    challenge:
      'Bearer error="invalid_token", error_description="the access token is bound to another client certificate"',
  },
  ...[{ kid: 'x' }, { jkt: 'x', other: 'y' }, {}].map((cnf) => ({
    title: `a token bound by ${JSON.stringify(cnf)} is refused: not all of it is understood`,
    path: '/accounts',
    authorization: bearer({ cnf }),
    status: 401,
    error: 'invalid_token',
  })),
  ...['x', null, { jkt: 1 }, []].map((cnf) => ({
    title: `a malformed binding ${JSON.stringify(cnf)} is not none`,
    path: '/accounts',
    authorization: bearer({ cnf }),
    status: 401,
    error: 'invalid_token',
  })),
]
