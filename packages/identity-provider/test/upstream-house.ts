import {
  type TestHouse,
  type Visitor,
  authorizationRequest,
  openTestHouse,
} from '@newel/testing/house'
import type { Asked } from './step-up-house.ts'
import { upstreamSecret } from './scripted-upstream.ts'

export interface UpstreamHouseChanges {
  /** Further keys of the upstream, as YAML in one line. */
  readonly upstream?: string
  readonly accept?: string
  readonly levels?: string
  readonly sections?: string
}

const accept = '[{ name: signed-in, any: true }, { name: mfa, acr: loa3 }]'

const levels = `
  basic: { accepts: [password, federated], lifetime: 12h }
  mfa: { accepts: [password + totp, 'federated:company + totp', 'federated:company/mfa'], lifetime: 15m }`

/** A provider whose people may come through the upstream `company`. */
export async function openUpstreamHouse(
  issuer: string,
  changes: UpstreamHouseChanges = {},
  port?: number,
): Promise<TestHouse> {
  return openTestHouse(
    (addresses) => `
issuer: ${addresses.issuer}
name: Newel Test
levels:${changes.levels ?? levels}
clients:
  - { id: web, type: spa, redirectUris: ['${addresses.redirectUri}'], default: basic }
  - { id: loose, type: spa, redirectUris: ['${addresses.redirectUri}'] }
upstreams:
  - { id: company, name: Example Company, issuer: '${issuer}', clientId: newel, secret: { env: S }, scopes: [email], accept: ${changes.accept ?? accept}${changes.upstream ?? ''} }
${changes.sections ?? ''}
`,
    {
      upstreamSecrets: new Map([['company', upstreamSecret]]),
      ...(port === undefined ? {} : { port }),
    },
  )
}

/** As if it had been linked at the account pages. */
export async function linkPerson(
  { store }: TestHouse,
  accountId: string,
  issuer: string,
  subject = 'ada-upstream',
): Promise<void> {
  await store.credentials.add({
    id: `link-${accountId}`,
    accountId,
    method: 'federated',
    label: 'Example Company',
    createdAt: Math.floor(Date.now() / 1000),
    data: { issuer, subject },
  })
}

/** Opens an authorization request of a relying party of this house. */
export async function askHere(
  house: TestHouse,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const attempt = authorizationRequest(house, { client_id: 'web', ...parameters })
  return { attempt, page: await visitor.get(attempt.url) }
}
