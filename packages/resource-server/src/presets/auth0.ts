import { standardClaims } from '../authentication-mapping.ts'
import type { ReadAuthentication } from '../authentication-mapping.ts'
import type { IssuerOptions } from '../options.ts'

export interface Auth0Options {
  /** The tenant's domain or custom domain, as `bank.eu.auth0.com`. */
  readonly domain: string
  /** The API's identifier. */
  readonly audience: string | readonly string[]
  /**
   * What the names of your claims begin with, as `https://bank.example/`. `acr`, `amr` and `auth_time` are reserved in Auth0's
   * access tokens, so a post-login Action writes them under names of your own.
   */
  readonly namespace: string
  /** The levels that the Action writes, weakest first. Default: each satisfies itself alone. */
  readonly order?: readonly string[]
}

/** Auth0, with either profile of access tokens. */
export function auth0({ domain, audience, namespace, order }: Auth0Options): IssuerOptions {
  return {
    // With the closing slash that Auth0 writes.
    issuer: `https://${domain}/`,
    audience,
    tokenTypes: ['at+jwt', 'JWT'],
    algorithms: ['RS256', 'PS256'],
    ...(order && { order }),
    isMachine: isApplication,
    authentication: underNamespace(namespace),
  }
}

function underNamespace(namespace: string): ReadAuthentication {
  return (claims) => {
    const stated: Record<string, unknown> = {}
    for (const name of ['acr', 'amr', 'auth_time']) {
      if (Object.hasOwn(claims, namespace + name)) stated[name] = claims[namespace + name]
    }
    return standardClaims(stated)
  }
}

/** A machine-to-machine token's subject is the application; the default profile says so by `gty` as well. */
function isApplication({ sub, gty }: Readonly<Record<string, unknown>>): boolean {
  return gty === 'client-credentials' || (typeof sub === 'string' && sub.endsWith('@clients'))
}
