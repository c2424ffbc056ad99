import { standardClaims } from '../authentication-mapping.ts'
import type { IssuerOptions } from '../options.ts'

export interface KeycloakOptions {
  /** The realm's address, as `https://sso.example.com/realms/bank`. */
  readonly realmUrl: string
  /** What an audience mapper puts into `aud` for this API. Without one, Keycloak names `account` or nothing. */
  readonly audience: string | readonly string[]
  /**
   * The realm's ACR values, by rising level of authentication (Realm settings › ACR to LoA mapping). Without a mapping these
   * are the numbers as texts. Default: what the realm publishes, each satisfying itself alone.
   */
  readonly order?: readonly string[]
}

/**
 * Keycloak 24 and later. Its access tokens are of type `JWT`; the client scopes `acr` and `basic` put in `acr` and `auth_time`.
 * A service account's token states an `acr` too, but no `auth_time`: nobody authenticated, so it states nothing here.
 */
export function keycloak({ realmUrl, audience, order }: KeycloakOptions): IssuerOptions {
  return {
    issuer: realmUrl.replace(/\/$/, ''),
    audience,
    tokenTypes: ['JWT', 'at+jwt'],
    ...(order && { order }),
    isAccessToken: isForApis,
    isMachine: isServiceAccount,
    authentication: (claims) =>
      Object.hasOwn(claims, 'auth_time') ? standardClaims(withTextualAcr(claims)) : [],
  }
}

/** The claim `typ`: an ID token (`ID`) has the same header, and an audience mapper may name this API in it too. */
function isForApis({ typ }: Readonly<Record<string, unknown>>): boolean {
  return typ === undefined || typ === 'Bearer' || typ === 'DPoP'
}

function isServiceAccount(claims: Readonly<Record<string, unknown>>): boolean {
  const name = claims['preferred_username']
  return typeof name === 'string' && name.startsWith('service-account-')
}

/** Some mappers write the number of the level as a number. */
function withTextualAcr(
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { acr } = claims
  return typeof acr === 'number' && Number.isSafeInteger(acr)
    ? { ...claims, acr: String(acr) }
    : claims
}
