import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import {
  createIdentityProvider,
  createSealer,
  loadOrCreateKek,
  openSqliteStore,
} from '@newel/identity-provider'
import type { IdentityProvider, ObserveProvider, ProviderEvent } from '@newel/identity-provider'
import type { EpochSeconds } from '@newel/policy'
import { formatProblem, parsePolicyDocument, type PolicyDocument } from '@newel/policy-document'
import { createResourceServer } from '@newel/resource-server'
import fastify, { type FastifyInstance } from 'fastify'
import { registerBankApi } from './api/bank-api.ts'
import { Customers } from './api/customers.ts'
import { LedgerClient } from './api/ledger-client.ts'
import { requirementsOf } from './api/requirements.ts'
import { type DemoPerson, demoPeople } from './demo/demo-people.ts'
import { oneTimeCode } from './demo/one-time-code.ts'
import { ProviderEventLog } from './demo/provider-event-log.ts'
import { registerDemo } from './demo/register-demo.ts'
import { seedPeople } from './demo/seed-people.ts'
import { Accounts } from './ledger/accounts.ts'
import { createLedger } from './ledger/ledger.ts'
import {
  type Addresses,
  addressesFrom,
  documentAt,
  freeAddresses,
  portOf,
} from './server/addresses.ts'
import { buildWeb } from './server/build-web.ts'
import { listening } from './server/port-taken-error.ts'
import { serveWeb } from './server/serve-web.ts'

export type StartBankOptions = {
  /** A folder for the provider's database and key, or `:memory:`. */
  readonly data: string
  readonly observe?: ObserveProvider
  /** Default: the system clock. */
  readonly clock?: () => EpochSeconds
} & (
  | {
      /** The provider's port; the bank is 100 above it, the ledger 101. */ readonly portBase: number
    }
  | { /** Any three free ports. */ readonly ports: 0 }
)

export interface RunningBank {
  readonly addresses: Addresses
  readonly people: readonly DemoPerson[]
  /** What the provider has reported so far, oldest first. */
  readonly events: readonly ProviderEvent[]
  /** The one-time code of a demo person now. */
  codeOf(username: string): string
  close(): Promise<void>
}

/**
 * The whole demo in one process: the provider, the bank (its app and API) and the ledger.
 *
 * @throws PortTakenError
 */
export async function startBank(options: StartBankOptions): Promise<RunningBank> {
  const clock = options.clock ?? (() => Math.floor(Date.now() / 1000))
  const addresses = 'ports' in options ? await freeAddresses() : addressesFrom(options.portBase)
  const document = await readDocument(addresses)
  const events = new ProviderEventLog()
  const observe: ObserveProvider = (event) => {
    events.add(event)
    options.observe?.(event)
  }
  // Whatever was started is stopped, in reverse, also when a later part does not start.
  const stops: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  try {
    const web = await buildWeb()
    const { provider, subjects } = await openProvider(document, options.data, clock, observe, stops)
    await listening(portOf(addresses.provider), () =>
      provider.listen({ port: portOf(addresses.provider) }),
    )
    const customers = new Customers()
    for (const { username, name, operator } of demoPeople) {
      customers.add(subjects.get(username) ?? username, { name, operator })
    }
    const bank = await createBank({ document, addresses, customers, events, clock, web })
    stops.push(() => bank.close())
    const ledger = await createLedgerServer(document, clock)
    stops.push(() => closeServer(ledger))
    await listening(portOf(addresses.bank), () =>
      bank.listen({ port: portOf(addresses.bank), host: 'localhost' }),
    )
    await listening(portOf(addresses.ledger), () => listen(ledger, portOf(addresses.ledger)))
  } catch (error) {
    await close()
    throw error
  }
  return {
    addresses,
    people: demoPeople,
    get events() {
      return events.all
    },
    codeOf(username) {
      const secret = demoPeople.find((person) => person.username === username)?.totpSecret
      if (secret === undefined) throw new Error(`\`${username}\` has no one-time codes`)
      return oneTimeCode(secret, clock())
    },
    close,
  }
}

async function readDocument(addresses: Addresses): Promise<PolicyDocument> {
  const file = join(import.meta.dirname, 'newel.yaml')
  const text = documentAt(await readFile(file, 'utf8'), addresses)
  const result = parsePolicyDocument(text, { fileName: file })
  if (result.ok) return result.document
  throw new Error(result.problems.map((problem) => formatProblem(problem)).join('\n'))
}

async function openProvider(
  document: PolicyDocument,
  data: string,
  clock: () => EpochSeconds,
  observe: ObserveProvider,
  stops: (() => Promise<unknown>)[],
): Promise<{ provider: IdentityProvider; subjects: ReadonlyMap<string, string> }> {
  const inMemory = data === ':memory:'
  const keks = inMemory
    ? { current: randomBytes(32), previous: [] }
    : await loadOrCreateKek({ file: join(data, 'key') })
  const sealer = createSealer(keks)
  const path = inMemory ? ':memory:' : join(data, 'newel.db')
  const store = await openSqliteStore({ path, sealer })
  stops.push(() => store.close())
  const now = clock()
  const subjects = await seedPeople(demoPeople, { store, sealer, issuer: document.issuer, now })
  const provider = await createIdentityProvider({ document, store, sealer, clock, observe })
  stops.push(() => provider.close())
  return { provider, subjects }
}

/** The bank's API is for these tokens, and so is the ledger, which is a part of the bank. */
function protectedBy({ issuer, resources }: PolicyDocument, clock: () => EpochSeconds) {
  return createResourceServer({
    issuer,
    audience: resources.map(({ id }) => id),
    // The demo is on this machine alone.
    allowInsecureIssuer: true,
    clock,
  })
}

interface BankParts {
  readonly document: PolicyDocument
  readonly addresses: Addresses
  readonly customers: Customers
  readonly events: ProviderEventLog
  readonly clock: () => EpochSeconds
  /** The folder with the built app. */
  readonly web: string
}

async function createBank(parts: BankParts): Promise<FastifyInstance> {
  const { document, addresses, customers, events, clock, web } = parts
  const requirements = requirementsOf(document)
  const app = fastify({ bodyLimit: 16_384, forceCloseConnections: true })
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) {
      return reply.code(status).send({ error: 'invalid_request', message: error.message })
    }
    return reply.code(status).send({ error: 'server_error', message: 'the bank has a problem' })
  })
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ error: 'not_found', message: 'there is no such page' }),
  )
  registerBankApi(app, {
    resourceServer: await protectedBy(document, clock),
    requirements,
    customers,
    ledger: new LedgerClient(addresses.ledger),
  })
  app.get('/config.json', async () => ({
    issuer: document.issuer,
    resource: document.resources[0]?.id,
    requirements,
  }))
  registerDemo(app, { people: demoPeople, events, now: clock })
  await serveWeb(app, { folder: web, provider: addresses.provider })
  return app
}

async function createLedgerServer(
  document: PolicyDocument,
  clock: () => EpochSeconds,
): Promise<Server> {
  const ledger = createLedger({
    resourceServer: await protectedBy(document, clock),
    approveLargeTransfer: requirementsOf(document)['approve-large-transfer'],
    accounts: new Accounts(clock),
  })
  return createAdaptorServer({ fetch: ledger.fetch }) as Server
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, 'localhost', resolve)
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
