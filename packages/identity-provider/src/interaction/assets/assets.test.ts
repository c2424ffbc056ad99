import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { assets } from './index.ts'

test.each(assets)('$path is named for its content', ({ path, file, body }) => {
  expect(readFileSync(file).equals(body)).toBe(true)
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  expect(path).toMatch(new RegExp(`^/assets/[a-z]+-${hash}\\.(css|js|svg)$`))
})

test('every path is its own', () => {
  expect(new Set(assets.map(({ path }) => path)).size).toBe(assets.length)
})

test('the style sheet loads nothing from elsewhere', () => {
  const sheet = assets.find(({ contentType }) => contentType.startsWith('text/css'))
  expect(sheet?.body.toString()).not.toMatch(/url\(|@import|@font-face/)
})
