/** The document that every provider of this suite serves. */
export function faultPolicy(issuer: string, relyingParty = 'http://localhost:9'): string {
  return `
issuer: ${issuer}
name: Newel under fault
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: ${clientId}, type: spa, redirectUris: ['${redirectUri}'], backchannelLogoutUri: '${relyingParty}/logout', default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
signUp: { open: true, with: [password], verifyEmail: false }
`
}

export const clientId = 'web'
export const resource = 'https://api.test'

/** Nobody listens there: a visitor stops at it. */
export const redirectUri = 'http://localhost:9/callback'
