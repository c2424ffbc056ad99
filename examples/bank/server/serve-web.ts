import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

export interface ServeWebOptions {
  /** The built app. */
  readonly folder: string
  /** The only other origin that the pages may talk to. */
  readonly provider: string
}

/** Addresses of the app, all one page. */
const pages = ['/', '/callback', '/payment-details', '/card', '/transfer', '/admin', '/demo/codes']

/** The app and its headers. */
export async function serveWeb(
  app: FastifyInstance,
  { folder, provider }: ServeWebOptions,
): Promise<void> {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${provider}`,
    // The provider is asked in a frame whether the person is still logged in; its answer lands on our callback page.
    `frame-src 'self' ${provider}`,
    "frame-ancestors 'self'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ')

  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', policy)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    // Their names change with their content.
    immutable: true,
    maxAge: '365d',
    index: false,
  })
  for (const path of pages) {
    app.get(path, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  }
}
