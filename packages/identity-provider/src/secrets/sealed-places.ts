import type { SealedPlace } from './sealer.ts'

// Where each kind of secret lives: what is sealed for one row opens in no other.

/** The secret of a credential, bound to its account too. */
export function credentialPlace(owner: {
  readonly id: string
  readonly accountId: string
}): SealedPlace {
  return { table: 'credential', column: 'secret', id: JSON.stringify([owner.accountId, owner.id]) }
}

/** The private part of a signing key. */
export function signingKeyPlace(kid: string): SealedPlace {
  return { table: 'signing_key', column: 'sealed_private_jwk', id: kid }
}

/** The payload of an artifact; `id` is the digest that it is found by. */
export function artifactPlace(model: string, id: string): SealedPlace {
  return { table: 'artifact', column: 'payload', id: JSON.stringify([model, id]) }
}

/** The state of an interaction. */
export function interactionPlace(id: string): SealedPlace {
  return { table: 'interaction', column: 'state', id }
}

/** What the database keeps about itself. */
export function metaPlace(name: string): SealedPlace {
  return { table: 'meta', column: 'value', id: name }
}
