import type { z } from 'zod'
import { checkShape, states } from '../shape/check-shape.ts'
import { clientShape } from '../shape/client-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { checkFlows, checkLogoutUri, checkUris, originsOf } from './client-addresses.ts'
import { readAuthentication, readClientCredentials, readSecret } from './client-authentication.ts'
import { type ClientKeys, readClientKeys } from './client-keys.ts'
import { checkFapi2 } from './fapi2-profile.ts'
import { grantedResources, grantedScopes } from './granted-access.ts'
import { type LevelsSection, acrOf } from './levels-section.ts'
import type { ResourceConfig } from './resources-section.ts'
import type { SecretReference } from './secret-reference.ts'
import { itemsOf, secondsOf } from './section.ts'

/** A relying party. */
export interface ClientConfig {
  readonly id: string
  readonly name?: string
  /** `spa`: in the browser, with CORS. `public`: installed. `confidential`: a server with a secret. */
  readonly type: 'spa' | 'public' | 'confidential'
  /** `none` for `spa` and `public`. `private_key_jwt`: RFC 7523 §2.2. */
  readonly authentication: 'none' | 'secret' | 'private_key_jwt'
  /** Present where it authenticates by it, and only there. */
  readonly secret?: SecretReference
  /** Public keys that it signs with. Absent: it signs nothing. */
  readonly keys?: ClientKeys
  /** Compared letter by letter. Empty: nobody signs in to it in a browser. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Origins that may read answers across origins: those of the redirect URIs of a `spa`, none of another. */
  readonly allowedOrigins: readonly string[]
  /** Wire value of the level that no request can go under. Absent: none. */
  readonly minimum?: string
  /** Wire value of the level of a request that names none. Absent: the strongest that is held. */
  readonly default?: string
  readonly acrValues: 'strict' | 'voluntary'
  /** RFC 9126 §6: `require_pushed_authorization_requests`. */
  readonly requirePushedRequests: boolean
  /** RFC 9101 §10.5: `require_signed_request_object`. */
  readonly signedRequests: 'optional' | 'required'
  /** `fapi2`: FAPI 2.0 Security Profile. Absent: none. */
  readonly profile?: 'fapi2'
  /** RFC 6749 §4.4: whether it may get tokens for itself. */
  readonly clientCredentials: boolean
  /** RFC 9449 §5.2: `dpop_bound_access_tokens`. */
  readonly dpop: 'optional' | 'required'
  readonly consent: 'none' | 'required'
  /** Ids of the resources that it may ask for; the first is the default. */
  readonly resources: readonly string[]
  /** Scopes that it may ask for; `openid` is always among them. */
  readonly scopes: readonly string[]
  /** `0`: no refresh tokens. */
  readonly refreshTokenLifetimeSeconds: number
  /** Whether it may ask for tokens on a device without a browser (RFC 8628). */
  readonly deviceFlow: boolean
  /** Where it is told that a session ended (OpenID Connect Back-Channel Logout §2.2). Absent: it is not told. */
  readonly backchannelLogoutUri?: string
}

/** A client as its author wrote it. */
export type Stated = z.output<typeof clientShape>

export function readClients(
  value: unknown,
  levels: LevelsSection,
  resources: readonly ResourceConfig[],
  problems: ProblemList,
): readonly ClientConfig[] {
  const ids = new Set<string>()
  return itemsOf(value, ['clients'], problems).flatMap(([item, path]) => {
    const stated = checkShape(clientShape, item, path, problems)
    if (stated === undefined) return []
    checkId(stated.id, [...path, 'id'], ids, problems)
    ids.add(stated.id)
    const type = stated.type ?? (states(item, 'type') ? guessType(item) : 'spa')
    const authentication = readAuthentication(stated, type, path, problems)
    // A secret that is refused has its own problem, and so have keys.
    const secret =
      refuses(stated, item, 'secret') || refuses(stated, item, 'authentication')
        ? undefined
        : readSecret(stated.secret, stated.id, type, authentication, path, problems)
    const keys =
      refuses(stated, item, 'jwks') || refuses(stated, item, 'jwksUri')
        ? undefined
        : readClientKeys(stated, type, authentication, path, problems)
    checkFapi2(stated, type, path, problems)
    const fapi2 = stated.profile === 'fapi2'
    const redirectUris = stated.redirectUris ?? []
    const deviceFlow = stated.deviceFlow ?? false
    checkUris(redirectUris, type, [...path, 'redirectUris'], problems)
    checkFlows(stated, type, states(item, 'redirectUris'), path, problems)
    const { backchannelLogoutUri } = stated
    checkLogoutUri(backchannelLogoutUri, [...path, 'backchannelLogoutUri'], problems)
    checkUris(
      stated.postLogoutRedirectUris ?? [],
      type,
      [...path, 'postLogoutRedirectUris'],
      problems,
    )
    const minimum = acrOf(stated.minimum, levels, [...path, 'minimum'], problems)
    const byDefault = acrOf(stated.default, levels, [...path, 'default'], problems)
    const granted = grantedResources(stated, resources, [...path, 'resources'], problems)
    return [
      {
        id: stated.id,
        ...(stated.name !== undefined && { name: stated.name }),
        type,
        authentication,
        ...(secret && { secret }),
        ...(keys && { keys }),
        redirectUris,
        postLogoutRedirectUris: stated.postLogoutRedirectUris ?? [],
        allowedOrigins: type === 'spa' ? originsOf(redirectUris) : [],
        ...(minimum !== undefined && { minimum }),
        ...(byDefault !== undefined && { default: byDefault }),
        acrValues: stated.acrValues ?? 'strict',
        requirePushedRequests: stated.requirePushedRequests ?? fapi2,
        signedRequests: stated.signedRequests ?? 'optional',
        ...(stated.profile && { profile: stated.profile }),
        clientCredentials: readClientCredentials(stated, type, path, problems),
        dpop: stated.dpop ?? (fapi2 ? 'required' : 'optional'),
        consent: stated.consent ?? 'none',
        resources: granted.map((resource) => resource.id),
        scopes: grantedScopes(stated, granted, [...path, 'scopes'], problems),
        refreshTokenLifetimeSeconds: secondsOf(
          stated.refreshTokenLifetime,
          [...path, 'refreshTokenLifetime'],
          problems,
          12 * 3600,
        ),
        deviceFlow,
        ...(backchannelLogoutUri !== undefined && { backchannelLogoutUri }),
      },
    ]
  })
}

/** Whether the author wrote the key in a way that was refused. */
function refuses(stated: Stated, item: unknown, key: keyof Stated): boolean {
  return stated[key] === undefined && states(item, key)
}

/** Where the type is refused: one that makes no further complaint. */
function guessType(item: unknown): ClientConfig['type'] {
  const keepsSecrets = states(item, 'secret') || states(item, 'authentication')
  return keepsSecrets ? 'confidential' : 'public'
}

function checkId(id: string, path: Path, ids: ReadonlySet<string>, problems: ProblemList): void {
  if (!/^[\x21-\x7e]+$/.test(id)) {
    problems.add({
      code: 'invalid_client_id',
      path,
      message: `the client id \`${id}\` must be printable ASCII without spaces`,
      mend: 'join words with a hyphen; `name` is what people see',
    })
  }
  if (!ids.has(id)) return
  problems.add({
    code: 'duplicate_client',
    path,
    message: `two clients have the id \`${id}\``,
    mend: 'give each its own id',
  })
}
