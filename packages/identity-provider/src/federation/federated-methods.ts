import type { Method } from '@newel/policy'
import {
  type PolicyDocument,
  type UpstreamConfig,
  methodsOfUpstream,
  upstreamMethod,
  upstreamOf,
} from '@newel/policy-document'
import type { Credential, FederatedCredential } from '../store/index.ts'

type Document = Pick<PolicyDocument, 'upstreams' | 'levels' | 'methods'>

/** What a person can prove at the upstreams that their account is linked to, as far as levels accept it. */
export function federatedMethods(
  document: Document,
  credentials: readonly Credential[],
): readonly Method[] {
  const linked = linkedUpstreams(document, credentials)
  if (linked.length === 0) return []
  const accepted = new Set(
    document.levels.all.flatMap(({ accepts }) => accepts.flatMap(({ methods }) => methods)),
  )
  return ['federated', ...linked.flatMap(methodsOfUpstream)].filter(
    (method) => accepted.has(method) && document.methods.get(method)?.enabled === true,
  )
}

/** Of those, what an upstream has proved for this account once: the others it may never do for this person. */
export function provenMethods(
  document: Document,
  credentials: readonly Credential[],
): readonly Method[] {
  const proven = new Set(
    linkedUpstreams(document, credentials).flatMap(({ id, issuer }) =>
      credentials
        .filter(isLink)
        .filter(({ data }) => data.issuer === issuer)
        .flatMap(({ data: { proved = [] } }) => proved)
        .flatMap((name) => ['federated', upstreamMethod(id), upstreamMethod(id, name)]),
    ),
  )
  return federatedMethods(document, credentials).filter((method) => proven.has(method))
}

/** The upstreams of the document that these credentials are links to. */
export function linkedUpstreams(
  { upstreams }: Pick<PolicyDocument, 'upstreams'>,
  credentials: readonly Credential[],
): readonly UpstreamConfig[] {
  const issuers = new Set(credentials.filter(isLink).map(({ data }) => data.issuer))
  return upstreams.filter(({ issuer }) => issuers.has(issuer))
}

/** Those at which the method could be proved by whoever has these credentials. */
export function upstreamsFor(
  document: Pick<PolicyDocument, 'upstreams'>,
  credentials: readonly Credential[],
  method: Method,
): readonly UpstreamConfig[] {
  const named = upstreamOf(method)
  return linkedUpstreams(document, credentials).filter(
    ({ id }) => named === undefined || named === id,
  )
}

function isLink(credential: Credential): credential is FederatedCredential {
  return credential.method === 'federated'
}
