import { type PolicyDocument, upstreamMethod } from '@newel/policy-document'
import type { FederatedCredential } from '../store/index.ts'

type Document = Pick<PolicyDocument, 'upstreams'>

/** What people call the upstreams, by id: for pages and letters. */
export function upstreamNames({ upstreams }: Document): ReadonlyMap<string, string> {
  return new Map(upstreams.map(({ id, name }) => [id, name]))
}

/** The method that a link is for; of an upstream that the document has no more, the name of the kind. */
export function methodOfLink({ upstreams }: Document, { data }: FederatedCredential): string {
  const upstream = upstreams.find(({ issuer }) => issuer === data.issuer)
  return upstream === undefined ? 'federated' : upstreamMethod(upstream.id)
}
