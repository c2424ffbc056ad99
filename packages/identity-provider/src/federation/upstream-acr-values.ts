import type { Levels } from '@newel/policy'
import { type UpstreamConfig, upstreamMethod } from '@newel/policy-document'

/**
 * What to ask an upstream for where a relying party asks for these levels: the `acr` of its accepted answers that the
 * levels accept, in the same order of preference. Empty: the upstream decides.
 */
export function acrValuesAsked(
  levels: Pick<Levels, 'byAcr'>,
  upstream: Pick<UpstreamConfig, 'id' | 'accept'>,
  asked: readonly string[],
): readonly string[] {
  const accepted = asked.flatMap(
    (acr) => levels.byAcr(acr)?.accepts.flatMap(({ methods }) => methods) ?? [],
  )
  return [...new Set(accepted.flatMap((method) => acrValuesOf(upstream, method)))]
}

/** Those of the one accepted answer that the method names. */
export function acrValuesOf(
  { id, accept }: Pick<UpstreamConfig, 'id' | 'accept'>,
  method: string,
): readonly string[] {
  return accept.find(({ name }) => upstreamMethod(id, name) === method)?.acr ?? []
}
