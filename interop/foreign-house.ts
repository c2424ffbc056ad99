import { type TestHouse, openTestHouse } from '@newel/testing/house'

/** The API that the foreign programs may ask tokens for. */
export const resource = 'https://api.test'

/** What a `confidential` foreign program authenticates with. */
export const clientSecret = 'a-secret-of-a-foreign-client-0001'

/** A provider with one client, `foreign`, that logs in at `basic` and knows nothing of Newel. */
export async function openForeignHouse(client: {
  readonly type: 'spa' | 'confidential'
  /** Default: where a visitor of the house stops. */
  readonly redirectUris?: readonly string[]
  /** `0`: it gets no refresh tokens. Absent: as the document has it by default. */
  readonly refreshTokenLifetime?: 0
  /** Default: `foreign`. */
  readonly id?: string
}): Promise<TestHouse> {
  const secret = client.type === 'confidential' ? 'secret: { env: FOREIGN_SECRET }, ' : ''
  const refresh = client.refreshTokenLifetime === 0 ? 'refreshTokenLifetime: 0, ' : ''
  return openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: ${client.id ?? 'foreign'}, type: ${client.type}, ${secret}${refresh}redirectUris: ${JSON.stringify(client.redirectUris ?? [redirectUri])}, default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
`,
    client.type === 'confidential' ? { clientSecrets: new Map([['foreign', clientSecret]]) } : {},
  )
}
