import type { z } from 'zod'
import { checkShape } from '../shape/check-shape.ts'
import { type acceptedAnswerShape, upstreamShape } from '../shape/upstream-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import { isUpstreamMethod, upstreamIdPattern, upstreamMethod } from '../upstream-method.ts'
import type { LevelsSection } from './levels-section.ts'
import { type SecretReference, readSecretReference } from './secret-reference.ts'
import { itemsOf } from './section.ts'
import { issuerFault } from './uris.ts'

/** An OpenID provider through which people sign in. */
export interface UpstreamConfig {
  readonly id: string
  /** What the button says. */
  readonly name: string
  /** Letter by letter as its ID tokens carry it. */
  readonly issuer: string
  readonly clientId: string
  /** Absent: a public client. */
  readonly secret?: SecretReference
  /** `openid` first. */
  readonly scopes: readonly string[]
  /** `assumed`: at sign-in an answer without `auth_time` counts as proved when it was given. */
  readonly authTime: 'required' | 'assumed'
  /** Whether somebody without an account here gets one. */
  readonly provision: boolean
  /** Whether an address that it calls verified is that of the account that it provides. */
  readonly trustEmail: boolean
  /** The answers that count, at least one. */
  readonly accept: readonly AcceptedAnswer[]
}

/** An answer that counts as `federated:<upstream>/<name>`. It must fit `acr` and `amr` both. */
export interface AcceptedAnswer {
  readonly name: string
  /** Any of these. Empty: whatever it is, also none. */
  readonly acr: readonly string[]
  /** All of these. Empty: whatever they are, also none. */
  readonly amr: readonly string[]
}

type Stated = z.output<typeof upstreamShape>

const id = new RegExp(`^${upstreamIdPattern}$`)

/** As `acr_values` are written: a list separated by spaces (OIDC Core §3.1.2.1). */
const wireValue = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function readUpstreams(
  value: unknown,
  ownIssuer: string,
  problems: ProblemList,
): readonly UpstreamConfig[] {
  const ids = new Set<string>()
  const issuers = new Set<string>([ownIssuer])
  return itemsOf(value, ['upstreams'], problems).flatMap(([item, path]) => {
    const stated = checkShape(upstreamShape, item, path, problems)
    if (stated === undefined) return []
    checkName(stated.id, [...path, 'id'], problems)
    if (ids.has(stated.id)) {
      problems.add({
        code: 'duplicate_upstream',
        path: [...path, 'id'],
        message: `two upstreams have the id \`${stated.id}\``,
        mend: 'give each its own id',
      })
    }
    ids.add(stated.id)
    checkIssuer(stated.issuer, issuers, [...path, 'issuer'], problems)
    issuers.add(stated.issuer)
    const secret =
      stated.secret && readSecretReference(stated.secret, 'a secret', [...path, 'secret'], problems)
    return [
      {
        id: stated.id,
        name: stated.name ?? stated.id,
        issuer: stated.issuer,
        clientId: stated.clientId,
        ...(secret !== undefined && { secret }),
        scopes: [...new Set(['openid', ...(stated.scopes ?? [])])],
        authTime: stated.authTime ?? 'required',
        provision: stated.provision ?? false,
        trustEmail: readTrustEmail(stated, [...path, 'trustEmail'], problems),
        accept: readAccepted(stated.accept, [...path, 'accept'], problems),
      },
    ]
  })
}

/** Every upstream and entry that a level accepts has to be declared: a slip would close the level without a word. */
export function checkUpstreamMethods(
  { definitions }: LevelsSection,
  upstreams: readonly UpstreamConfig[],
  problems: ProblemList,
): void {
  const declared = upstreams.flatMap(methodsOfUpstream)
  for (const level of definitions) {
    for (const [index, alternative] of level.accepts.entries()) {
      for (const method of alternative) {
        if (!isUpstreamMethod(method) || declared.includes(method)) continue
        problems.add({
          code: 'undeclared_upstream',
          path: ['levels', level.name, 'accepts', index],
          message: `no upstream declares \`${method}\``,
          mend: suggest(method, declared, 'declare it under `upstreams`'),
        })
      }
    }
  }
}

/** Every method that answers of this upstream alone may prove. */
export function methodsOfUpstream({
  id: upstream,
  accept,
}: Pick<UpstreamConfig, 'id' | 'accept'>): readonly string[] {
  return [upstreamMethod(upstream), ...accept.map(({ name }) => upstreamMethod(upstream, name))]
}

function checkName(name: string, path: Path, problems: ProblemList): void {
  if (id.test(name)) return
  problems.add({
    code: 'invalid_upstream_id',
    path,
    message: `\`${name}\` must be 1 to 32 lower-case letters, digits and hyphens`,
    mend: 'join words with a hyphen; `name` of an upstream is what people see',
  })
}

function checkIssuer(
  issuer: string,
  others: ReadonlySet<string>,
  path: Path,
  problems: ProblemList,
): void {
  const fault = issuerFault(issuer)
  if (fault !== undefined) problems.add({ code: 'invalid_issuer', path, ...fault })
  // An account is linked by issuer and subject, so one issuer is one upstream.
  if (!others.has(issuer)) return
  problems.add({
    code: 'duplicate_upstream',
    path,
    message: `the issuer \`${issuer}\` is another upstream, or this provider itself`,
    mend: 'name each provider once, and never the one that this document is of',
  })
}

function readTrustEmail(
  { trustEmail = false, provision = false }: Stated,
  path: Path,
  problems: ProblemList,
): boolean {
  if (trustEmail && !provision) {
    problems.add({
      code: 'unused_trust_email',
      path,
      at: 'key',
      message: 'addresses of the upstream are taken for new accounts alone, and it provides none',
      mend: 'add `provision: true`, or remove `trustEmail`',
    })
  }
  return trustEmail
}

function readAccepted(
  stated: readonly z.output<typeof acceptedAnswerShape>[],
  path: Path,
  problems: ProblemList,
): readonly AcceptedAnswer[] {
  const names = new Set<string>()
  return stated.map((entry, index) => {
    const place = [...path, index]
    checkName(entry.name, [...place, 'name'], problems)
    if (names.has(entry.name)) {
      problems.add({
        code: 'duplicate_upstream_answer',
        path: [...place, 'name'],
        message: `two accepted answers have the name \`${entry.name}\``,
        mend: 'give each its own name',
      })
    }
    names.add(entry.name)
    const acr = entry.acr === undefined ? [] : [entry.acr].flat()
    const { amr = [] } = entry
    // Left out is not the same as anything: who forgets a line must not let everybody in.
    if ((entry.any === true) === (acr.length > 0 || amr.length > 0)) {
      problems.add({
        code: 'ambiguous_upstream_answer',
        path: place,
        message: `the accepted answer \`${entry.name}\` needs \`acr\`, \`amr\` or both, or \`any\` alone`,
        mend: 'write what the answer must say, or `any: true`',
      })
    }
    for (const acrValue of acr.filter((text) => !wireValue.test(text))) {
      problems.add({
        code: 'invalid_acr',
        path: [...place, 'acr'],
        message: `the acr \`${acrValue}\` must be printable ASCII without spaces, quotes or backslashes`,
        mend: 'write it as the upstream does',
      })
    }
    return { name: entry.name, acr, amr }
  })
}
