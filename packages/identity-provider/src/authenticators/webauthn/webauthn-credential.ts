import type { Credential, WebAuthnCredential } from '../../store/credential.ts'

export function isWebAuthn(credential: Credential): credential is WebAuthnCredential {
  return credential.method === 'webauthn'
}

/** How a browser is told of it. */
export function descriptorOf({ data }: WebAuthnCredential): { id: string; transports: string[] } {
  return { id: data.credentialId, transports: [...data.transports] }
}
