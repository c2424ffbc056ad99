import { describe, expect, it } from 'vitest'

import { hygieneFaults } from './check-hygiene.ts'

describe('hygiene', () => {
  it.each(['/home/ada/newel/a.ts', '/root/newel', 'C:\\Users\\ada'])(
    'refuses the path `%s`',
    (path) => {
      expect(hygieneFaults('a.md', `see ${path}/`)).toHaveLength(1)
    },
  )

  it.each(['<<<<<<< HEAD', '-----BEGIN PRIVATE KEY-----'])('refuses `%s`', (text) => {
    expect(hygieneFaults('a.md', text)).toHaveLength(1)
  })

  it('accepts addresses and paths of the web', () => {
    expect(hygieneFaults('a.md', 'https://id.example.com/home/ and /api/payment-details')).toEqual(
      [],
    )
  })
})
