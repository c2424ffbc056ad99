import { levelsFromList } from '../authentication-mapping.ts'
import type { IssuerOptions } from '../options.ts'

export interface EntraOptions {
  readonly tenantId: string
  /** The API's application (client) id, which is `aud` of version 2 tokens. */
  readonly audience: string | readonly string[]
}

/**
 * Microsoft Entra ID, version 2 access tokens. A level is an authentication context (`c1` to `c99`), and the token lists those
 * that were satisfied in `acrs`, each standing for itself. Request the optional claims `acrs`, `auth_time` and `idtyp` for the
 * API; without `auth_time` no requirement with a `maxAge` can be met.
 */
export function entra({ tenantId, audience }: EntraOptions): IssuerOptions {
  return {
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    audience,
    tokenTypes: ['JWT'],
    algorithms: ['RS256'],
    // An ID token has the same header, and the same audience where one registration is both application and API.
    isAccessToken: ({ azp }) => azp !== undefined,
    isMachine: isApplication,
    authentication: levelsFromList('acrs'),
  }
}

/** `idtyp` where it was requested; else only a person's token has delegated permissions. */
function isApplication({ idtyp, scp }: Readonly<Record<string, unknown>>): boolean {
  return idtyp === 'app' || scp === undefined
}
