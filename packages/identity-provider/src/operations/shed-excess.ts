import type { FastifyInstance } from 'fastify'
import { type PageFrame, errorPage, localeOf } from '../interaction/pages/index.ts'
import { setSecurityHeaders } from '../interaction/security-headers.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { factsOf, referenceOf } from './request-facts.ts'

/** Answers what the guard refused: a page for a browser, the error of RFC 6749 §4.1.2.1 for a program. */
export function shedExcess(app: FastifyInstance, frame: PageFrame): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (factsOf(request.raw)?.shed === undefined) {
      done()
      return
    }
    const { accept, 'accept-language': languages } = request.headers
    setSecurityHeaders(reply, undefined)
    void reply
      .code(503)
      .header('Retry-After', retryAfterSeconds)
      .header('Cache-Control', 'no-store')
    if (accept?.includes('text/html') !== true) {
      void reply.send({ error: 'temporarily_unavailable' })
      return
    }
    const locale = localeOf(undefined, languages, frame.locale)
    const reference = referenceOf(request.raw)
    void reply
      .header('Content-Language', locale)
      .header('Vary', 'Accept-Language')
      .type('text/html; charset=utf-8')
      .send(errorPage({ ...frame, locale, error: 'temporarily_unavailable', reference }))
  })
}
