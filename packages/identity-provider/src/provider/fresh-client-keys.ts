import { type CryptoKey, type KeyObject, compactVerify, decodeProtectedHeader } from 'jose'
import { type Client, errors } from 'oidc-provider'

/** What the library's client has and its types do not tell. */
interface KeyStore {
  readonly jwksUri: string | undefined
  stale(): boolean
  /** @throws InvalidClientMetadata where the keys cannot be had. */
  refresh(): Promise<void>
  selectForVerify(wanted: { alg?: string | undefined; kid?: string | undefined }): readonly object[]
  getKeyObject(key: object, forVerification: true): CryptoKey | KeyObject
}

/**
 * Fetches the published keys of a client where they are older than a minute; tells whether it did. The library fetches them
 * only when a signature does not verify, so that a key which the client withdrew would be good for ever.
 */
export async function refreshClientKeys(client: Client): Promise<boolean> {
  const keys = keyStoreOf(client)
  if (keys.jwksUri === undefined || !keys.stale()) return false
  await keys.refresh()
  return true
}

/** For a signature that the library has verified with what it had. @throws InvalidClientAuth */
export async function verifyWithFreshKeys(client: Client, jwt: string): Promise<void> {
  if (!(await refreshClientKeys(client))) return
  const keys = keyStoreOf(client)
  const { alg, kid } = decodeProtectedHeader(jwt)
  for (const key of keys.selectForVerify({ alg, kid })) {
    try {
      await compactVerify(jwt, keys.getKeyObject(key, true))
      return
    } catch {
      // Another key of the set may be the one.
    }
  }
  throw new errors.InvalidClientAuth('the key is no longer among those of the client')
}

function keyStoreOf(client: Client): KeyStore {
  return (client as unknown as { readonly asymmetricKeyStore: KeyStore }).asymmetricKeyStore
}
