import type { BffSettings } from './options.ts'

/** One request of a browser, and the cookies that its answer sets. */
export class Exchange {
  readonly request: Request
  readonly url: URL
  readonly #secure: boolean
  readonly #prefix: string
  readonly #sent: ReadonlyMap<string, string>
  readonly #set = new Map<string, string>()

  constructor(settings: Pick<BffSettings, 'secure' | 'origin'>, request: Request) {
    this.request = request
    const { pathname, search } = new URL(request.url)
    // The path alone: what stands before it came from the network.
    this.url = new URL(settings.origin + pathname + search)
    this.#secure = settings.secure
    // All that listens on one machine shares cookies, whatever its port: the provider, and other apps like this one.
    this.#prefix = this.#secure ? '__Host-newel-bff-' : `newel-bff-${this.url.port}-`
    this.#sent = parseCookies(request.headers.get('cookie') ?? '')
  }

  /** Names of the cookies that came, as given to `setCookie`. */
  get cookieNames(): readonly string[] {
    const prefix = this.#name('')
    return [...this.#sent.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
  }

  cookie(name: string): string | undefined {
    return this.#sent.get(this.#name(name))
  }

  /** For so many seconds, for the whole origin and no other, hidden from scripts. */
  setCookie(name: string, value: string, lifetimeSeconds: number): void {
    const lifetime = Math.max(0, Math.floor(lifetimeSeconds))
    const full = this.#name(name)
    this.#set.set(
      full,
      `${full}=${value}; Path=/; Max-Age=${lifetime}; HttpOnly; SameSite=Lax${this.#secure ? '; Secure' : ''}`,
    )
  }

  removeCookie(name: string): void {
    this.setCookie(name, '', 0)
  }

  /** How much of the browser's cookies those are whose names begin so. */
  sentLength(prefix: string): number {
    return this.cookieNames
      .filter((name) => name.startsWith(prefix))
      .reduce((sum, name) => sum + this.#name(name).length + (this.cookie(name)?.length ?? 0), 0)
  }

  /** Leave the browser's cookies whose names begin so as they are, whatever was to be set. */
  leaveCookies(prefix: string): void {
    for (const name of this.#set.keys()) {
      if (name.startsWith(this.#name(prefix))) this.#set.delete(name)
    }
  }

  /** `Set-Cookie` values of the answer. */
  get setCookies(): readonly string[] {
    return [...this.#set.values()]
  }

  /** The answer with the cookies of this exchange. */
  respond(response: Response): Response {
    if (this.#set.size === 0) return response
    const answer = new Response(response.body, response)
    for (const cookie of this.#set.values()) answer.headers.append('set-cookie', cookie)
    return answer
  }

  #name(name: string): string {
    return this.#prefix + name
  }
}

function parseCookies(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0) cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
  return cookies
}
