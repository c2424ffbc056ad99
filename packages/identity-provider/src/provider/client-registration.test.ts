import type { RegistrationConfig } from '@newel/policy-document'
import { describe, expect, it } from 'vitest'
import { holdToDocument } from './client-registration.ts'

const registration: RegistrationConfig = {
  initialAccessToken: { env: 'TOKEN' },
  redirectOrigins: ['http://localhost:9', 'https://app.example'],
  resources: [],
  scopes: ['openid'],
  refreshTokenLifetimeSeconds: 0,
}

/** Undefined: it was taken. */
function refusalOf(metadata: Record<string, unknown>, issuer: string): unknown {
  try {
    holdToDocument(metadata, registration, issuer)
    return undefined
  } catch (error) {
    return error instanceof Error && 'error' in error ? error.error : error
  }
}

describe('the address of a registered client that is told of logouts', () => {
  const redirects = { redirect_uris: ['http://localhost:9/callback'] }
  const local = { ...redirects, backchannel_logout_uri: 'http://localhost:9/logout' }

  it("is not on the provider's own loopback, where redirects may lead to the person's", () => {
    expect(refusalOf({ ...redirects }, 'https://id.example')).toBeUndefined()
    expect(refusalOf({ ...local }, 'https://id.example')).toBe('invalid_client_metadata')
  })

  it('uses https, or http where the provider itself does, in development', () => {
    const far = { ...redirects, backchannel_logout_uri: 'https://app.example/logout' }
    expect(refusalOf(far, 'https://id.example')).toBeUndefined()
    expect(refusalOf({ ...local }, 'http://localhost:4000')).toBeUndefined()
  })
})
