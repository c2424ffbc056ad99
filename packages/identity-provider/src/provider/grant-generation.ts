import type { Provider } from 'oidc-provider'

/** What a grant and an account of the library have beside its own: `Account.generation` of the store. Absent: 0. */
interface OfGeneration {
  generation?: number
}

/** Makes the library keep the generation of a grant. Before any grant is made or read. */
export function keepGenerations(provider: Provider): void {
  const kept = (provider.Grant as unknown as { readonly IN_PAYLOAD: readonly string[] }).IN_PAYLOAD
  Object.defineProperty(provider.Grant, 'IN_PAYLOAD', { get: () => [...kept, 'generation'] })
}

/** Whether nothing of the account was ended since the grant was made, were it in the same second. */
export function isOfPresent(grant: object, account: object): boolean {
  return ((grant as OfGeneration).generation ?? 0) === ((account as OfGeneration).generation ?? 0)
}

/** Marks a grant that is about to be saved for the first time. */
export function markGeneration(grant: object, account: object): void {
  const { generation } = account as OfGeneration
  if (generation !== undefined) (grant as OfGeneration).generation = generation
}
