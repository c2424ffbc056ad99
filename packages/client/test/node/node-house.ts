import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  openTestHouse,
} from '@newel/testing/house'
import {
  createMemoryTokenStore,
  createNodeClient,
  type NodeClientOptions,
  type PersonLink,
} from '../../src/node.ts'
import { ScriptedApi } from '../scripted-api.ts'

export const machineSecret = 'machine-secret-machine-secret-mach'

/** A real provider, and an API that challenges. */
export async function openNodeHouse(): Promise<{
  readonly house: TestHouse
  readonly api: ScriptedApi
}> {
  const api = await ScriptedApi.start()
  const house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, passkey], lifetime: 15m }
  transfer: { accepts: [password + totp, passkey], lifetime: 0, satisfies: [basic] }
  phishing-resistant: { acr: phr, accepts: [passkey], lifetime: 5m }
resources:
  - { id: '${api.origin}', scopes: { accounts: Read accounts } }
clients:
  - { id: cli, name: Bank command, type: public, deviceFlow: true, redirectUris: ['http://127.0.0.1/callback'], default: basic, resources: ['${api.origin}'] }
  - { id: machine, type: confidential, secret: { env: MACHINE }, clientCredentials: true, resources: ['${api.origin}'], scopes: [accounts] }
`,
    { clientSecrets: new Map([['machine', machineSecret]]) },
  )
  return { house, api }
}

/** A client of the house whose person does as told: in the browser that opens, or with the code that is shown. */
export function nodeClient(
  { house, api }: { readonly house: TestHouse; readonly api: ScriptedApi },
  visitor: Visitor,
  person: TestPerson,
  options: Partial<NodeClientOptions> = {},
) {
  const asked: string[] = []
  const links: PersonLink[] = []
  /** What the person is at; a poll waits for it instead of for time. */
  let busy: Promise<void> = Promise.resolve()
  const client = createNodeClient({
    issuer: house.issuer,
    clientId: 'cli',
    scope: 'openid accounts',
    resource: api.origin,
    apiOrigins: [api.origin],
    tokens: createMemoryTokenStore(),
    open: (url) => {
      busy = byBrowser(visitor, person, url, asked)
      busy.catch(() => {})
    },
    show: (link) => {
      links.push(link)
      busy = byCode(visitor, person, link, asked)
    },
    host: {
      fetch: (input, init) => fetch(input, init),
      now: () => Date.now() / 1000,
      randomToken: () =>
        Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url'),
      // A person is not waited for longer than they take; then time passes.
      wait: async (milliseconds, signal) => {
        if (milliseconds > 60_000) return never(signal)
        await busy
        signal?.throwIfAborted()
        vi.setSystemTime(Date.now() + milliseconds)
      },
    },
    ...options,
  })
  return { client, asked, links }
}

function never(signal?: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

async function byBrowser(visitor: Visitor, person: TestPerson, url: string, asked: string[]) {
  const page = await answerAll(visitor, await visitor.get(url), person, asked)
  // Back on the loopback address: the browser shows the program's page.
  await fetch(page.url)
}

export async function byCode(
  visitor: Visitor,
  person: TestPerson,
  { userCode = '' }: PersonLink,
  asked: string[] = [],
): Promise<void> {
  const typed = await visitor.submit(await visitor.get('/device'), { user_code: userCode })
  await answerAll(visitor, await visitor.press(typed, 'It is my device'), person, asked)
}

async function answerAll(
  visitor: Visitor,
  first: VisitedPage,
  person: TestPerson,
  asked: string[],
): Promise<VisitedPage> {
  let page = first
  for (let count = 0; count < 6 && page.page !== undefined; count += 1) {
    if (page.page === 'login') {
      asked.push('login')
      page = await answerPage(visitor, page, person)
    } else if (page.page === 'step-up') {
      // A code is good once (RFC 6238 §5.2): whoever has just used one waits for the next.
      if (asked.at(-1) === 'step-up:totp') vi.setSystemTime(Date.now() + 30_000)
      asked.push(`step-up:${page.method ?? ''}`)
      page = await answerPage(visitor, page, person)
    } else if (page.page === 'consent') {
      page = await visitor.press(page, 'Continue')
    } else break
  }
  return page
}

export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}

/** A server on loopback that answers as the case says. */
export async function startServer(
  answer: (request: IncomingMessage, body: URLSearchParams, response: ServerResponse) => void,
): Promise<{ readonly origin: string; readonly server: Server; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += String(part)
    })
    request.on('end', () => answer(request, new URLSearchParams(body), response))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
