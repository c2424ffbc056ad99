import {
  type Context,
  type TextMapPropagator,
  TraceFlags,
  context,
  propagation,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, totpCode } from '@newel/testing/house'
import { ask, journey, now, openStepUpHouse } from './step-up-house.ts'

/** As W3C Trace Context has it; the SDK for Node brings one. */
const traceparent: TextMapPropagator = {
  inject() {},
  extract(into: Context, carrier: unknown): Context {
    const header = (carrier as Record<string, unknown>)['traceparent']
    const [, traceId = '', spanId = ''] = /^00-(\w{32})-(\w{16})-01$/.exec(String(header)) ?? []
    if (traceId === '') return into
    return trace.setSpanContext(into, {
      traceId,
      spanId,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    })
  },
  fields: () => ['traceparent'],
}

const exporter = new InMemorySpanExporter()
const foreignTrace = '0af7651916cd43dd8448eb211c80319c'
let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  house = await openStepUpHouse()
  ada = await house.addPerson('ada', { totp: true })
})
afterAll(async () => {
  await house.close()
  trace.disable()
  context.disable()
  propagation.disable()
})

/** The spans of whatever ran in `work`, once the last request of it is over. */
async function spansOf(work: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
  exporter.reset()
  await work()
  await expect.poll(() => requestsIn(exporter.getFinishedSpans()).length).toBeGreaterThan(0)
  return exporter.getFinishedSpans()
}

function requestsIn(spans: readonly ReadableSpan[]): readonly ReadableSpan[] {
  return spans.filter(({ attributes }) => attributes['http.route'] !== undefined)
}

/** Names from the span to the root of its trace. */
function pathOf(spans: readonly ReadableSpan[], span: ReadableSpan): readonly string[] {
  const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId)
  return [span.name, ...(parent === undefined ? [] : pathOf(spans, parent))]
}

describe('a trace', () => {
  it('holds the request, the step of the interaction, the answer judged in it, and the calls to the store', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const spans = await spansOf(async () =>
      visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) }),
    )
    const [request] = requestsIn(spans)
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/interaction/:uid',
      'http.response.status_code': 303,
      'newel.client_id': 'web',
    })
    const verify = spans.find(({ name }) => name === 'verify')
    expect(verify?.attributes).toEqual({ 'newel.method': 'totp', 'newel.outcome': 'accepted' })
    const accepted = spans.find(({ name }) => name === 'store credentials.acceptTotpStep')
    expect(accepted && pathOf(spans, accepted)).toEqual([
      'store credentials.acceptTotpStep',
      'verify',
      'interaction',
      'POST /interaction/:uid',
    ])
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
  })

  it('holds the wait of a password for its turn', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const { username, password } = ada
    const spans = await spansOf(async () => visitor.submitAndStay(page, { username, password }))
    const wait = spans.find(({ name }) => name === 'hash wait')
    expect(wait && pathOf(spans, wait)).toEqual([
      'hash wait',
      'verify',
      'interaction',
      'POST /interaction/:uid',
    ])
  })

  it('holds the calls to the store of the protocol', async () => {
    const spans = await spansOf(async () =>
      fetch(new URL('/token', house.issuer), {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: 'web',
          refresh_token: 'x',
        }),
      }),
    )
    const find = spans.find(({ name }) => name === 'store artifacts.find')
    expect(find && pathOf(spans, find)).toEqual(['store artifacts.find', 'POST /token'])
  })

  it('says no secret and no name', async () => {
    const visitor = house.visitor()
    const spans = await spansOf(async () => {
      const { page } = await ask(house, visitor, {})
      await visitor.submit(page, { username: ada.username, password: 'wrong password' })
      await journey(house, visitor, ada)
    })
    const told = JSON.stringify(
      spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    )
    for (const secret of [
      ada.username,
      ada.password,
      ada.accountId,
      'wrong password',
      '?',
      ...[...visitor.cookies.values()].map(({ value }) => value),
    ]) {
      expect(told).not.toContain(secret)
    }
  })

  it('goes on with that of the caller only where the operator registered a propagation that says so', async () => {
    const call = async (): Promise<Response> =>
      fetch(new URL('/jwks.json', house.issuer), {
        headers: { traceparent: `00-${foreignTrace}-b7ad6b7169203331-01` },
      })
    const [alone] = requestsIn(await spansOf(call))
    expect(alone?.spanContext().traceId).not.toBe(foreignTrace)
    propagation.setGlobalPropagator(traceparent)
    const [continued] = requestsIn(await spansOf(call))
    expect(continued?.spanContext().traceId).toBe(foreignTrace)
    expect(continued?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  })
})
