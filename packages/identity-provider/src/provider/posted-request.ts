import type { IncomingMessage } from 'node:http'
import type { EpochSeconds } from '@newel/policy'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type PageFrame, errorPage } from '../interaction/pages/index.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import type { ArtifactStore } from '../store/index.ts'
import { spoken } from './spoken.ts'

/** Names a request that was posted and is kept. */
export const postedRequestParameter = 'newel_request'

const model = 'PostedRequest'

/** Largest form that is kept, in bytes: room for a signed request and claims. */
export const postedRequestLimit = 16 * 1024

/** How long it is kept, in seconds: the browser comes for it at once. */
const keptSeconds = 60

/**
 * `POST /authorize` (OIDC Core §3.1.2.1). A form from another site brings no `SameSite=Lax` cookies, so nobody would be signed
 * in. The form is kept, and the browser sent to GET, which brings them; there it is read as if it stood in the address.
 */
export function keepPostedRequests(options: {
  readonly provider: Pick<Provider, 'Client'>
  readonly issuer: string
  readonly artifacts: ArtifactStore
  readonly clock: () => EpochSeconds
  readonly random: RandomBytes
  readonly frame: PageFrame
}): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  const { provider, artifacts, clock, random, frame } = options
  const endpoint = `${options.issuer.replace(/\/$/, '')}/authorize`

  return async (ctx, next) => {
    if (ctx.path !== '/authorize') {
      await next()
      return
    }
    if (ctx.method === 'GET') {
      const { [postedRequestParameter]: id } = ctx.query
      // What stands beside the reference counts for nothing. Unknown or passed: an empty request, which is refused.
      if (id !== undefined) ctx.querystring = await formOf(id)
      await next()
      return
    }
    if (ctx.method !== 'POST') {
      await next()
      return
    }
    const form = ctx.is('application/x-www-form-urlencoded') ? await readForm(ctx.req) : undefined
    ctx.set('Cache-Control', 'no-store')
    if (form === undefined) {
      ctx.status = ctx.is('application/x-www-form-urlencoded') ? 413 : 415
      // The rest of the body stays unread.
      ctx.set('Connection', 'close')
      ctx.type = 'html'
      const reference = referenceOf(ctx.req)
      ctx.body = errorPage({ ...spoken(ctx, frame), error: 'invalid_request', reference })
      return
    }
    const clientId = new URLSearchParams(form).get('client_id') ?? ''
    ctx.status = 303
    // Nothing is kept for whoever just posts.
    if ((await provider.Client.find(clientId)) === undefined) {
      ctx.set('Location', `${endpoint}?${new URLSearchParams({ client_id: clientId })}`)
      return
    }
    const id = randomId(random)
    await artifacts.upsert(model, id, { form }, clock() + keptSeconds)
    ctx.set('Location', `${endpoint}?${postedRequestParameter}=${id}`)
  }

  async function formOf(id: string | string[]): Promise<string> {
    if (typeof id !== 'string') return ''
    const kept = await artifacts.find(model, id, clock())
    const form = kept?.payload['form']
    return typeof form === 'string' ? form : ''
  }
}

/** Absent: it is too large. */
async function readForm(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array)
    size += bytes.length
    if (size > postedRequestLimit) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}
