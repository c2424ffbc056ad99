import { trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { inSpan, isTracing } from './tracing.ts'

describe('tracing', () => {
  afterEach(() => {
    trace.disable()
  })

  it('is on only where somebody registered an SDK', () => {
    expect(isTracing()).toBe(false)
    trace.setGlobalTracerProvider(new BasicTracerProvider())
    expect(isTracing()).toBe(true)
  })

  it('passes on what comes out of a span, and what is thrown', async () => {
    expect(await inSpan('a', {}, async () => 1)).toBe(1)
    const failure = new Error('as it was')
    await expect(
      inSpan('a', {}, async () => {
        throw failure
      }),
    ).rejects.toBe(failure)
  })
})
