import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSealer, openSqliteStore } from '@newel/identity-provider'
import { openTestHouse } from '@newel/testing/house'
import { randomBytes } from 'node:crypto'
import { serveMeasurements } from './measured-process.ts'

export interface ProviderReady {
  readonly issuer: string
  readonly redirectUri: string
  readonly people: readonly {
    readonly username: string
    readonly password: string
    readonly totpKey: string
  }[]
}

const peopleCount = Number(process.env.BENCH_PEOPLE ?? '280')

const folder = await mkdtemp(join(tmpdir(), 'newel-bench-'))
const sealer = createSealer(randomBytes(32))
const house = await openTestHouse(
  ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], scopes: [openid, accounts] }
`,
  { sealer, store: await openSqliteStore({ path: join(folder, 'newel.sqlite'), sealer }) },
)
const people = []
for (let number = 0; number < peopleCount; number += 1) {
  people.push(await house.addPerson(`person${number}`, { totp: true }))
}
serveMeasurements(
  { issuer: house.issuer, redirectUri: house.redirectUri, people } satisfies ProviderReady,
  async () => {
    await house.close()
    await rm(folder, { recursive: true })
  },
)
