import { describeSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import type { Unmet } from './hold-requirement.ts'
import type { CompiledRequirement, RequirementTree } from './requirement.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What was required, what the token states, and what of it was not enough, in sentences for a developer. */
export function explainRefusal(
  { name, parts }: CompiledRequirement,
  { unmet, scopes, needsPerson }: Unmet,
  token: VerifiedToken,
  now: EpochSeconds,
): readonly string[] {
  const stated = [token.authentication, ...token.otherAuthentications].map(({ acr, authTime }) =>
    [
      acr === undefined ? 'no level' : `level \`${acr}\``,
      authTime === undefined
        ? 'at no stated time'
        : `proved ${describeSeconds(Math.max(0, Math.floor(now - authTime)))} ago`,
    ].join(' '),
  )
  return [
    `required${name === undefined ? '' : ` by \`${name}\``}: ${required(parts)}`,
    `the token states: ${stated.join(', ')}; scopes ${listed(token.scope)}`,
    ...unmet.map(({ acr, reason, limitSeconds }) =>
      limitSeconds === undefined
        ? `\`${acr}\` is ${reason}`
        : `\`${acr}\` is ${reason}: at most ${describeSeconds(limitSeconds)} allowed`,
    ),
    ...(scopes.length === 0 ? [] : [`of the scopes ${listed(scopes)} one lacks`]),
    ...(needsPerson ? ["a person is required, and the token is a machine's or a delegate's"] : []),
  ]
}

function required(tree: RequirementTree): string {
  if (tree.kind !== 'simple') {
    return `${tree.kind === 'allOf' ? 'all' : 'any'} of (${tree.parts.map(required).join('; ')})`
  }
  const { requirement, scopes } = tree
  const { acrValues, maxAgeSeconds } = requirement
  const asked = [
    ...(acrValues.length === 0
      ? []
      : [`level ${acrValues.map((acr) => `\`${acr}\``).join(' or ')}`]),
    ...(maxAgeSeconds === undefined
      ? []
      : [
          maxAgeSeconds === 0
            ? 'a proof made for this call'
            : `a proof at most ${describeSeconds(maxAgeSeconds)} old`,
        ]),
    ...(scopes.length === 0 ? [] : [`scopes ${listed(scopes)}`]),
  ]
  return asked.length === 0 ? 'a valid token' : asked.join(', ')
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.map((value) => `\`${value}\``).join(' ')
}
