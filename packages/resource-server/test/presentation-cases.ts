import { bearer, strong } from './access-case.ts'
import type { AccessCase } from './access-case.ts'

const invalidRequest = (description: string): string =>
  `Bearer error="invalid_request", error_description="${description}"`

/** How a token is presented. */
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
    title: 'a DPoP token is refused with the DPoP scheme while its proof cannot be verified',
    path: '/admin',
    authorization: async (issuer) => `DPoP ${await issuer.sign(strong)}`,
    status: 401,
    error: 'invalid_token',
    challenge:
      'DPoP error="invalid_token", error_description="sender-constrained access tokens are not accepted here"',
  },
  {
    title: 'a DPoP-bound token sent as Bearer is refused with the DPoP scheme (RFC 9449 §7.2)',
    path: '/admin',
    authorization: bearer({ ...strong, cnf: { jkt: 'x' } }),
    status: 401,
    error: 'invalid_token',
    challenge:
      'DPoP error="invalid_token", error_description="sender-constrained access tokens are not accepted here"',
  },
  {
    title:
      'a token bound to a certificate is refused, since the binding is not checked (RFC 8705 §3)',
    path: '/accounts',
    authorization: bearer({ cnf: { 'x5t#S256': 'x' } }),
    status: 401,
    error: 'invalid_token',
  },
]
