import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import {
  type ChallengeLink,
  createMemoryTokenStore,
  createNodeClient,
  type MachineClient,
  type NodeClient,
  type TokenStore,
} from '@newel/client/node'
import { answerPages, type ExampleWorld, secrets } from './example-world.ts'

/** Challenged once, and sent once more. */
const steppedUp = /^([A-Z]+ \S+) 401,\1 200$/

function faultOfCalls(calls: readonly string[]): string | undefined {
  return steppedUp.test(calls.join()) ? undefined : `the API saw \`${calls.join()}\``
}

/**
 * A command, as a process of its own for each part of `asks` (`login && pay DE02 50`). The browser that it opens, and the link
 * that it shows, lead to a person who answers.
 */
export async function runCommandExample(
  world: ExampleWorld,
  file: string,
  asks: string,
): Promise<string | undefined> {
  const home = await mkdtemp(join(world.folder, 'home-'))
  const { byLink: visit } = await visitorOf(world)
  const opened = createServer((request, response) => {
    void visit(new URL(request.url ?? '', 'http://localhost').searchParams.get('url') ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  const { port } = opened.address() as AddressInfo
  await writeBrowser(home, port)
  const environment = {
    ...process.env,
    ...secrets,
    HOME: home,
    PATH: [home, process.env['PATH']].join(delimiter),
  }
  try {
    for (const words of asks.split(' && ')) {
      const parts = words.split(' ').filter((word) => word !== '')
      const child = spawn(process.execPath, ['--conditions=newel-source', file, ...parts], {
        env: environment,
        signal: world.signal,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      child.stdout.on('data', (text) => (said += String(text)))
      child.stderr.on('data', (text) => {
        said += String(text)
        const [link] = /http\S+authorize\S+/.exec(String(text)) ?? []
        if (link !== undefined) void visit(link)
      })
      const [code] = (await once(child, 'close')) as [number | null]
      if (code !== 0) return `\`${words}\` ends with ${code}: ${said}`
    }
  } finally {
    opened.close()
  }
  return faultOfCalls(world.calls)
}

/** What an example starts to show a page: it tells the person's browser. */
async function writeBrowser(folder: string, port: number): Promise<void> {
  const script = `#!${process.execPath}
fetch('http://127.0.0.1:${port}/?url=' + encodeURIComponent(process.argv[2]))
`
  for (const name of ['xdg-open', 'open']) {
    await writeFile(join(folder, name), script)
    await chmod(join(folder, name), 0o755)
  }
}

/** A person at the provider's pages, with what has led them there. */
async function visitorOf(world: ExampleWorld) {
  const visitor = world.house.visitor()
  const person = await world.newcomer()
  return {
    /** Where it leads nowhere, the example's own end tells. */
    byLink: async (url: string) => {
      const { last } = await answerPages(visitor, person, await visitor.get(url))
      await fetch(last.url).catch(() => {})
    },
    byCode: async (url: string, userCode: string) => {
      const typed = await visitor.submit(await visitor.get(url), { user_code: userCode })
      await answerPages(visitor, person, await visitor.press(typed, 'It is my device'))
    },
  }
}

/** A client that somebody is logged in at, with the tokens in this store. */
async function loggedIn(
  world: ExampleWorld,
  clientId: string,
  tokens: TokenStore,
  open: (url: string) => Promise<void>,
): Promise<NodeClient> {
  const client = createNodeClient({
    issuer: world.house.issuer,
    clientId,
    resource: world.api,
    apiOrigins: [world.api],
    tokens,
    open: (url) => void open(url),
  })
  await client.login()
  return client
}

/** An agent that parks what is challenged: `agent(tokens, key)`, with `pay` and `resume`. */
export async function runAgent(world: ExampleWorld, file: string): Promise<string | undefined> {
  const { agent } = (await import(file)) as {
    readonly agent: (
      tokens: TokenStore,
      key: Uint8Array,
    ) => {
      pay(body: string): Promise<Response | ChallengeLink>
      resume(id: string): Promise<Response>
    }
  }
  const tokens = createMemoryTokenStore()
  const { byLink, byCode } = await visitorOf(world)
  await loggedIn(world, 'bank-agent', tokens, byLink)
  const parks = agent(tokens, crypto.getRandomValues(new Uint8Array(32)))
  const link = await parks.pay('{}')
  if (link instanceof Response) return `${link.status} without a person`
  await byCode(link.url, link.userCode)
  const answer = await parks.resume(link.id)
  return faultOfCalls(world.calls) ?? (answer.ok ? undefined : `${answer.status} when resumed`)
}

/** A client for itself alone: let through at `/accounts`; elsewhere a person would be needed, and no call is sent again. */
export async function runMachine(world: ExampleWorld, file: string): Promise<string | undefined> {
  const { machine } = (await import(file)) as { readonly machine: MachineClient }
  await machine.fetch(`${world.api}/accounts`)
  await machine.fetch(`${world.api}/payments`)
  const seen = world.calls.join()
  return seen === 'GET /accounts 200,GET /payments 403' ? undefined : `the API saw \`${seen}\``
}

/** A store of tokens over a keychain: `keychainStore(keychain, lockFile)`, for a login and what comes after it. */
export async function runKeychain(world: ExampleWorld, file: string): Promise<string | undefined> {
  const { keychainStore } = (await import(file)) as {
    readonly keychainStore: (
      keychain: { get(): Promise<string | undefined>; set(text?: string): Promise<void> },
      lockFile: string,
    ) => TokenStore
  }
  let kept: string | undefined
  const keychain = {
    get: async () => kept,
    set: async (text?: string) => {
      kept = text
    },
  }
  const store = keychainStore(keychain, join(world.folder, 'keychain.lock'))
  const { byLink } = await visitorOf(world)
  const client = await loggedIn(world, 'bank-command', store, byLink)
  if (kept === undefined) return 'the keychain is empty after a login'
  await client.fetch(`${world.api}/payments`, { method: 'POST', body: '{}' })
  await client.logout()
  return kept === undefined ? faultOfCalls(world.calls) : 'the keychain is full after a logout'
}
