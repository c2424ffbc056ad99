import type { FastifyReply } from 'fastify'
import { describe, expect, it } from 'vitest'
import { setSecurityHeaders } from './security-headers.ts'

describe('the `form-action` of a page', () => {
  it.each([
    ['http://localhost:9/callback', "form-action 'self' http://localhost:9"],
    ['https://app.example/cb?x=1', "form-action 'self' https://app.example"],
    ['com.example.app:/callback', "form-action 'self' com.example.app:"],
    [undefined, "form-action 'self'"],
  ])('lets the answer through to `%s`', (redirectUri, expected) => {
    const set: Record<string, unknown> = {}
    const reply = { headers: (values: object) => Object.assign(set, values) }
    setSecurityHeaders(reply as unknown as FastifyReply, redirectUri)
    expect(String(set['content-security-policy']).split('; ').at(-1)).toBe(expected)
  })
})
