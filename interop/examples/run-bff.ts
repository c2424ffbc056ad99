import { getRequestListener } from '@hono/node-server'
import type { Bff } from '@newel/client/bff'
import { bffRoutes as fastifyRoutes } from '@newel/client/bff/fastify'
import { bffRoutes as honoRoutes } from '@newel/client/bff/hono'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import { AppBrowser } from '../app-browser.ts'
import type { ExampleWorld, Listener } from './example-world.ts'

type FetchHandler = (request: Request, context?: unknown) => Response | Promise<Response>
type Application = Listener | FastifyInstance | Hono

/** What such an example may export. */
interface BffExample {
  readonly bff?: Bff
  /** Makes the app, with what it does once a guard lets it. */
  readonly start?: (bff: Bff, change: (iban: string) => Promise<void>) => Application
  /** Adds to an app that has the backend's routes. */
  readonly addRoutes?: (app: FastifyInstance | Hono, bff: Bff) => void
  /** Of the page's script. */
  readonly changeDetails?: (iban: string) => Promise<Response | undefined>
  /** Of a framework that asks for handlers: all of the backend's routes, or the app's own one. */
  readonly GET?: FetchHandler
  readonly POST?: FetchHandler
}

/** The backend that the page's first example sets up; the others are given it. */
let backend: Bff | undefined

/**
 * A backend-for-frontend. `asks` is what a browser sends to it after the login, such as `POST /details iban=DE02`; or `page`,
 * and the example is the script of its page. The browser is led to a step-up, once; what it comes to shows what was sent.
 */
export async function runBff(
  world: ExampleWorld,
  file: string,
  source: string,
  asks: string,
): Promise<string | undefined> {
  // `declare const bff` is how an example says that it has one.
  Object.assign(globalThis, { bff: backend })
  const example = (await import(file)) as BffExample
  backend = example.bff ?? backend
  if (!backend) return 'no example before it exports a `bff`'
  const changed: string[] = []
  world.serveApp(await listenerOf(example, backend, source, changed))
  const browser = new AppBrowser(world.app, world.house, await world.newcomer())
  await browser.answer(await browser.navigate('/bff/login'))
  if (asks === 'page') return runPageScript(browser, example)

  const [method = '', path = '', body] = asks.split(' ')
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: world.app }
  const first = await browser.navigate(path, {
    method,
    ...(body !== undefined && { body, headers: form }),
  })
  if (!first.headers.has('location')) return `${first.status} instead of a step-up`
  const { asked, to } = await browser.answer(first)
  if (asked.join() !== 'step-up:totp') return `the person is asked for \`${asked.join()}\``
  let end = await browser.navigate(to)
  let text = await end.text()
  // A form of the app's own route is sent again by the browser, without its content.
  const [, action] = /<form[^>]* action="([^"]*)"/.exec(text) ?? []
  if (action !== undefined) {
    end = await browser.navigate(action, { method: 'POST', headers: form, body: '' })
    text = await end.text()
  }
  const [, sent = '"sent"'] = body?.split('=') ?? []
  if (end.status < 400 && [text, ...changed].join().includes(sent)) return undefined
  return `${end.status} after the step-up: ${text}`
}

async function runPageScript(
  browser: AppBrowser,
  { changeDetails }: BffExample,
): Promise<string | undefined> {
  if (!changeDetails) return 'exports no `changeDetails`'
  const [usual, led] = [globalThis.fetch, [] as string[]]
  const fetch = async (input: string | URL | Request, init?: RequestInit) =>
    typeof input === 'string' && input.startsWith('/')
      ? browser.script(input, init)
      : usual(input, init)
  Object.assign(globalThis, { fetch, location: { assign: (url: string) => led.push(url) } })
  try {
    const before = await changeDetails('DE02')
    if (before || led.length !== 1) return 'the page is not left for a step-up'
    const start = await browser.navigate(led[0] ?? '')
    const { asked } = await browser.answer(start)
    if (asked.join() !== 'step-up:totp') return `the person is asked for \`${asked.join()}\``
    const after = await changeDetails('DE02')
    return after?.status === 200 ? undefined : `${after?.status} after the step-up`
  } finally {
    Object.assign(globalThis, { fetch: usual, location: undefined })
  }
}

async function listenerOf(
  example: BffExample,
  bff: Bff,
  source: string,
  changed: string[],
): Promise<Listener> {
  const change = async (iban: string) => void changed.push(iban)
  if (example.start) return asListener(example.start(bff, change))
  if (example.addRoutes) {
    const app = source.includes('@newel/client/bff/hono') ? honoApp(bff) : fastifyApp(bff)
    example.addRoutes(app, bff)
    return asListener(app)
  }
  const handlers: Readonly<Record<string, unknown>> = { ...example }
  return getRequestListener(async (request) => {
    const own = handlers[request.method] as FetchHandler | undefined
    // What exports both has the backend's own routes.
    const whole = example.GET && example.POST
    const answer = whole ? undefined : await bff.handle(request)
    return answer ?? (await own?.(request)) ?? new Response(null, { status: 404 })
  })
}

async function asListener(app: Application): Promise<Listener> {
  if (app instanceof Hono) return getRequestListener(app.fetch)
  if (typeof app === 'function') return app
  await app.ready()
  return (request, response) => app.routing(request, response)
}

function honoApp(bff: Bff): Hono {
  const app = new Hono()
  app.use(honoRoutes(bff))
  return app
}

function fastifyApp(bff: Bff): FastifyInstance {
  const app = fastify()
  app.addHook('onRequest', fastifyRoutes(bff))
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  )
  return app
}
