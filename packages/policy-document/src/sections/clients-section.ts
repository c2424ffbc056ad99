import type { z } from 'zod'
import { checkShape, states } from '../shape/check-shape.ts'
import { clientShape } from '../shape/client-shape.ts'
import { type Path, renderPath } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import { type ClientKeys, readClientKeys } from './client-keys.ts'
import { checkFapi2 } from './fapi2-profile.ts'
import { type LevelsSection, checkLevelName } from './levels-section.ts'
import { type ResourceConfig, openidScopes } from './resources-section.ts'
import { itemsOf, secondsOf } from './section.ts'
import { redirectUriFault } from './uris.ts'

/** Where the secret of a client is; the secret itself is never in the document. */
export type SecretReference =
  | { readonly env: string; readonly file?: never }
  | { readonly file: string; readonly env?: never }

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

function readAuthentication(
  { id, authentication, profile }: Stated,
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): ClientConfig['authentication'] {
  if (type === 'confidential') {
    return authentication ?? (profile === 'fapi2' ? 'private_key_jwt' : 'secret')
  }
  if (authentication !== undefined) {
    problems.add({
      code: 'unexpected_authentication',
      path: [...path, 'authentication'],
      at: 'key',
      message: `the client \`${id}\` is \`${type}\` and cannot authenticate`,
      mend: 'remove `authentication`, or make it `type: confidential`',
    })
  }
  return 'none'
}

/** RFC 6749 §4.4: only for clients that authenticate. */
function readClientCredentials(
  { id, clientCredentials = false }: Stated,
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): boolean {
  if (!clientCredentials || type === 'confidential') return clientCredentials
  problems.add({
    code: 'unexpected_client_credentials',
    path: [...path, 'clientCredentials'],
    at: 'key',
    message: `the client \`${id}\` is \`${type}\`: without authentication anybody could be it`,
    mend: 'remove `clientCredentials`, or make it `type: confidential`',
  })
  return false
}

function readSecret(
  secret: Stated['secret'],
  id: string,
  type: ClientConfig['type'],
  authentication: ClientConfig['authentication'],
  path: Path,
  problems: ProblemList,
): SecretReference | undefined {
  if (type !== 'confidential') {
    if (secret === undefined) return undefined
    problems.add({
      code: 'unexpected_secret',
      path: [...path, 'secret'],
      at: 'key',
      message: `the client \`${id}\` is \`${type}\` and cannot keep a secret`,
      mend: 'remove `secret`, or make it `type: confidential`',
    })
    return undefined
  }
  if (authentication !== 'secret') {
    if (secret === undefined) return undefined
    problems.add({
      code: 'unexpected_secret',
      path: [...path, 'secret'],
      at: 'key',
      message: `the client \`${id}\` authenticates by its key and has no use for a secret`,
      mend: 'remove `secret`, or write `authentication: secret`',
    })
    return undefined
  }
  if (secret === undefined) {
    problems.add({
      code: 'missing_secret',
      path,
      message: `the confidential client \`${id}\` has no secret`,
      mend: 'add `secret: { env: NAME_OF_A_VARIABLE }` or `secret: { file: path }`',
    })
    return undefined
  }
  const { env, file } = secret
  if (env !== undefined && file === undefined) return { env }
  if (file !== undefined && env === undefined) return { file }
  problems.add({
    code: 'ambiguous_secret',
    path: [...path, 'secret'],
    message: 'a secret is either in an environment variable or in a file',
    mend: 'write exactly one of `env` and `file`',
  })
  return undefined
}

function checkUris(
  uris: readonly string[],
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): void {
  for (const [index, uri] of uris.entries()) {
    const fault = redirectUriFault(uri, type)
    if (fault) problems.add({ code: 'invalid_redirect_uri', path: [...path, index], ...fault })
  }
}

/** A client comes back to an address, or asks from a device that has no browser, or both. */
function checkFlows(
  { deviceFlow = false, redirectUris }: Stated,
  type: ClientConfig['type'],
  statesUris: boolean,
  path: Path,
  problems: ProblemList,
): void {
  if (deviceFlow && type === 'spa') {
    problems.add({
      code: 'device_flow_in_browser',
      path: [...path, 'deviceFlow'],
      message: 'a `spa` has a browser and needs no other device to sign in',
      mend: 'remove `deviceFlow`, or make the client `type: public` or `type: confidential`',
    })
  }
  // Those that are refused have their own problem.
  if (deviceFlow || type === 'confidential') return
  if (statesUris || redirectUris !== undefined) return
  const at = [...path, 'redirectUris']
  problems.add({
    code: 'missing_key',
    path: at,
    message: `\`${renderPath(at)}\` is missing`,
    mend: 'add `redirectUris`: a list with the address to which people come back',
  })
}

function checkLogoutUri(uri: string | undefined, path: Path, problems: ProblemList): void {
  const fault = uri === undefined ? undefined : redirectUriFault(uri, 'confidential')
  if (fault) problems.add({ code: 'invalid_logout_uri', path, ...fault })
}

function originsOf(uris: readonly string[]): readonly string[] {
  const origins = uris.flatMap((uri) => (URL.canParse(uri) ? [new URL(uri).origin] : []))
  return [...new Set(origins)]
}

export function acrOf(
  name: string | undefined,
  levels: LevelsSection,
  path: Path,
  problems: ProblemList,
): string | undefined {
  if (name === undefined || !checkLevelName(name, levels.names, path, problems)) return undefined
  return levels.acrs.get(name) ?? name
}

export function grantedResources(
  stated: Pick<Stated, 'resources'>,
  resources: readonly ResourceConfig[],
  path: Path,
  problems: ProblemList,
): readonly ResourceConfig[] {
  return (stated.resources ?? []).flatMap((id, index) => {
    const found = resources.find((resource) => resource.id === id)
    if (found) return [found]
    problems.add({
      code: 'undeclared_resource',
      path: [...path, index],
      message: `no resource \`${id}\` is declared`,
      mend: suggest(
        id,
        resources.map((resource) => resource.id),
        'declare it under `resources`',
      ),
    })
    return []
  })
}

export function grantedScopes(
  stated: Pick<Stated, 'id' | 'scopes'>,
  granted: readonly ResourceConfig[],
  path: Path,
  problems: ProblemList,
): readonly string[] {
  const ofResources = granted.flatMap((resource) => [...resource.scopes.keys()])
  if (stated.scopes === undefined) return [...new Set(['openid', ...ofResources])]
  const known = [...openidScopes, ...ofResources]
  for (const [index, scope] of stated.scopes.entries()) {
    if (known.includes(scope)) continue
    problems.add({
      code: 'undeclared_scope',
      path: [...path, index],
      message: `no resource of the client \`${stated.id}\` has the scope \`${scope}\``,
      mend: suggest(scope, known, ''),
    })
  }
  return [...new Set(['openid', ...stated.scopes])]
}
