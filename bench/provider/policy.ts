export const resource = 'https://api.test'

/** Nobody listens there: visitors stop. */
export const redirectUri = 'http://localhost:9/callback'

/** A second level that is over soon, so that the same session can step up again and again. */
export function benchPolicy(issuer: string): string {
  return `
issuer: ${issuer}
session: { lifetime: 10m }
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 10s }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
`
}
