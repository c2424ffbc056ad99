/** A page that a visitor stands on: what a person without JavaScript would have. */
export interface VisitedPage {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** `data-page` and `data-method` of the page's main element. */
  readonly page: string | undefined
  readonly method: string | undefined
}

export interface VisitedForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** What its submit buttons would add. */
  readonly buttons: readonly {
    readonly name: string
    readonly value: string
    readonly label: string
  }[]
}

/** A browser of the plain kind: keeps cookies, follows redirects as long as they stay on the provider, submits forms. */
export class Visitor {
  readonly #origin: string
  readonly #now: () => number
  readonly cookies = new Map<string, { readonly value: string; readonly path: string }>()

  /** `now`: milliseconds, by which cookies expire; browsers reckon by the server's clock. */
  constructor(origin: string, now: () => number = () => Date.now()) {
    this.#origin = origin
    this.#now = now
  }

  /** Follows redirects within the origin. A redirect that leaves it is the page, with the address in `url`. */
  async get(address: string | URL): Promise<VisitedPage> {
    return this.#visit(new URL(address, this.#origin), { method: 'GET' })
  }

  async post(
    address: string | URL,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<VisitedPage> {
    return this.#visit(new URL(address, this.#origin), {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.#origin, ...headers },
    })
  }

  /** Sends the first form of the page that has every field named, with the hidden fields that the page put in it. */
  async submit(page: VisitedPage, fields: Readonly<Record<string, string>>): Promise<VisitedPage> {
    const form = formWith(page, fields)
    return this.post(new URL(form.action, page.url), { ...form.fields, ...fields })
  }

  /** One request, without following: tells where the answer would lead. */
  async redirectOf(address: URL): Promise<URL> {
    const response = await this.#send(address, { method: 'GET' })
    return new URL(response.headers.get('location') ?? '', address)
  }

  /** Sends a form and stays: tells where the answer would lead. */
  async submitAndStay(page: VisitedPage, fields: Readonly<Record<string, string>>): Promise<URL> {
    const form = formWith(page, fields)
    const target = new URL(form.action, page.url)
    const response = await this.#send(target, {
      method: 'POST',
      body: new URLSearchParams({ ...form.fields, ...fields }),
      headers: { origin: this.#origin },
    })
    return new URL(response.headers.get('location') ?? '', target)
  }

  /** Presses the button or follows the link of this name. */
  async press(page: VisitedPage, label: string): Promise<VisitedPage> {
    for (const form of formsOf(page)) {
      const button = form.buttons.find((candidate) => candidate.label === label)
      if (button === undefined) continue
      const own = button.name === '' ? {} : { [button.name]: button.value }
      return this.post(new URL(form.action, page.url), { ...form.fields, ...own })
    }
    const link = [...page.html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a\s*>/g)].find(
      ([, , text]) => textOf(text ?? '') === label,
    )
    if (link?.[1] === undefined) throw new Error(`nothing named ${label} on ${page.page}`)
    return this.get(new URL(decodeEntities(link[1]), page.url))
  }

  async #visit(url: URL, init: RequestInit): Promise<VisitedPage> {
    let target = url
    let request = init
    for (let hop = 0; hop < 12; hop += 1) {
      const response = await this.#send(target, request)
      const location = response.headers.get('location')
      const html = await response.text()
      if (location === null || response.status < 300 || response.status > 399)
        return pageOf(target, response, html)
      const next = new URL(location, target)
      if (next.origin !== this.#origin) return pageOf(next, response, html)
      target = next
      request = { method: 'GET' }
    }
    throw new Error(`redirected without end at ${target.pathname}`)
  }

  async #send(target: URL, request: RequestInit): Promise<Response> {
    const response = await fetch(target, {
      ...request,
      redirect: 'manual',
      headers: {
        ...Object.fromEntries(new Headers(request.headers)),
        cookie: this.#cookieHeader(target),
      },
    })
    this.#keepCookies(response, target)
    return response
  }

  #cookieHeader(url: URL): string {
    return [...this.cookies]
      .filter(
        ([, { path }]) =>
          url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`),
      )
      .map(([name, { value }]) => `${name.split(' ')[0] ?? ''}=${value}`)
      .join('; ')
  }

  #keepCookies(response: Response, url: URL): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(pair.indexOf('=') + 1)
      const path =
        attributes.find((part) => part.toLowerCase().startsWith('path='))?.slice(5) ?? url.pathname
      const expires = attributes.find((part) => part.toLowerCase().startsWith('expires='))?.slice(8)
      const key = `${name} ${path}`
      if (value === '' || (expires !== undefined && new Date(expires).getTime() < this.#now()))
        this.cookies.delete(key)
      else this.cookies.set(key, { value, path })
    }
  }
}

function formWith(page: VisitedPage, fields: Readonly<Record<string, string>>): VisitedForm {
  const form = formsOf(page).find((candidate) =>
    Object.keys(fields).every(
      (name) =>
        name in candidate.fields || candidate.buttons.some((button) => button.name === name),
    ),
  )
  if (form === undefined)
    throw new Error(`no form with ${Object.keys(fields).join()} on ${page.page}`)
  return form
}

/** The forms of a page, with the fields as the page filled them in. */
export function formsOf(page: VisitedPage): readonly VisitedForm[] {
  const whole = page.html
  return [...whole.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag = '', inner = '']) => {
    const id = attribute(tag, 'id')
    const outside = id === '' ? '' : buttonsBoundTo(whole, id)
    const inputs = [...inner.matchAll(/<input([^>]*)>/g)].map(([, input = '']) => input)
    return {
      action: attribute(tag, 'action'),
      fields: Object.fromEntries(
        inputs
          .filter((input) => attribute(input, 'name') !== '')
          .map((input) => [attribute(input, 'name'), attribute(input, 'value')]),
      ),
      buttons: [...(inner + outside).matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)].map(
        ([, button = '', label = '']) => ({
          name: attribute(button, 'name'),
          value: attribute(button, 'value'),
          label: textOf(label),
        }),
      ),
    }
  })
}

function buttonsBoundTo(html: string, formId: string): string {
  return [...html.matchAll(/<button([^>]*)>[\s\S]*?<\/button>/g)]
    .filter(([, tag = '']) => attribute(tag, 'form') === formId)
    .map(([button]) => button)
    .join('')
}

function pageOf(url: URL, response: Response, html: string): VisitedPage {
  const main = /<main([^>]*)>/.exec(html)?.[1] ?? ''
  return {
    url,
    status: response.status,
    headers: response.headers,
    html,
    page: attribute(main, 'data-page') || undefined,
    method: attribute(main, 'data-method') || undefined,
  }
}

function attribute(tag: string, name: string): string {
  return decodeEntities(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function textOf(markup: string): string {
  return decodeEntities(markup.replaceAll(/<[^>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function decodeEntities(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    quot: '"',
    '#39': "'",
    lt: '<',
    gt: '>',
    amp: '&',
  }
  return text.replaceAll(/&(quot|#39|lt|gt|amp);/g, (_, entity: string) => entities[entity] ?? '')
}
