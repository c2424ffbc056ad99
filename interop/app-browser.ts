import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { type TestHouse, type TestPerson, type Visitor, answerPages } from '@newel/testing/house'

/** Node's own `fetch` says of every request that a script has sent it. */
async function sendAsIs(
  url: URL,
  { method = 'GET', body }: RequestInit,
  headers: Record<string, string>,
): Promise<Response> {
  const request = httpRequest(url, { method, headers, agent: false })
  request.end(typeof body === 'string' ? body : undefined)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const kept = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) kept.append(name, value)
  }
  return new Response(chunks.length === 0 ? null : Buffer.concat(chunks), {
    status: answer.statusCode ?? 0,
    headers: kept,
  })
}

/** A browser at the app; the visitor is the same browser at the provider. */
export class AppBrowser {
  readonly origin: string
  readonly visitor: Visitor
  readonly person: TestPerson
  readonly cookies = new Map<string, string>()

  constructor(origin: string, house: Pick<TestHouse, 'visitor'>, person: TestPerson) {
    this.origin = origin
    this.visitor = house.visitor()
    this.person = person
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...Object.fromEntries(new Headers(init.headers)), cookie }
    const response = await sendAsIs(new URL(path, this.origin), init, headers)
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }

  script(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(path, {
      ...init,
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        'x-newel-csrf': '1',
        'sec-fetch-mode': 'cors',
      },
    })
  }

  navigate(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = Object.fromEntries(new Headers(init.headers))
    const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    return this.send(path, { ...init, headers: { ...headers, ...navigation } })
  }

  /** Through the provider's pages, with what the person has, to where the callback leads. */
  async answer(
    start: Response,
  ): Promise<{ readonly asked: readonly string[]; readonly to: string }> {
    const first = await this.visitor.get(start.headers.get('location') ?? '')
    const { page, asked } = await answerPages(this.visitor, first, this.person)
    const led = await this.navigate(page.url.pathname + page.url.search)
    return { asked, to: led.headers.get('location') ?? '' }
  }

  async session(): Promise<Record<string, unknown>> {
    return (await (await this.script('/bff/session')).json()) as Record<string, unknown>
  }
}
