import { credentialPlace } from '../secrets/sealed-places.ts'
import type { Sealer } from '../secrets/sealer.ts'
import type { Credential } from '../store/credential.ts'

type Owner = Pick<Credential, 'id' | 'accountId'>

/** Bound to the credential and its account: a secret moved to another row does not open there. */
export function sealCredentialSecret(sealer: Sealer, owner: Owner, secret: Uint8Array): Uint8Array {
  return sealer.seal(secret, credentialPlace(owner))
}

export function openCredentialSecret(
  sealer: Sealer,
  credential: Owner & { readonly secret: Uint8Array },
): Uint8Array {
  return sealer.open(credential.secret, credentialPlace(credential))
}
