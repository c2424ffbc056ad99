import { expect, test } from 'vitest'
import { mergeList } from './response-headers.ts'

test.each([
  [undefined, 'Origin', 'Origin'],
  ['', 'Origin', 'Origin'],
  ['Accept', 'Origin', 'Accept, Origin'],
  ['origin', 'Origin', 'origin'],
  [
    'X-App,  www-authenticate',
    'WWW-Authenticate, Retry-After',
    'X-App,  www-authenticate, Retry-After',
  ],
])('a list header `%s` with `%s` added is `%s`', (existing, added, merged) => {
  expect(mergeList(existing, added)).toBe(merged)
})
