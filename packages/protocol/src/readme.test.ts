import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

// README example: from here
import { findStepUpChallenge, authorizationParameters } from '@newel/protocol'

function stepUpAddress(authorizationEndpoint: string, response: Response): URL | undefined {
  const read = findStepUpChallenge(response.headers.get('www-authenticate'))
  if (!read.found) {
    if (read.code !== undefined) throw new Error(`${read.code}: ${read.message}`)
    return undefined
  }
  const address = new URL(authorizationEndpoint)
  for (const [name, value] of Object.entries(authorizationParameters(read.challenge))) {
    address.searchParams.set(name, String(value))
  }
  return address
}
// README example: to here

it('the example of the README turns a challenge into the parameters of the step-up', () => {
  const challenge =
    'Bearer error="insufficient_user_authentication", acr_values="phr mfa", max_age="600"'
  const response = new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
  expect(stepUpAddress('https://id.example.com/authorize', response)?.search).toBe(
    '?acr_values=phr+mfa&max_age=600',
  )
  expect(stepUpAddress('https://id.example.com/authorize', new Response(null))).toBeUndefined()
})

it('the example of the README is the one that is tested', () => {
  const here = readFileSync(new URL(import.meta.url), 'utf8')
  const [, behind = ''] = here.split('// README example: from here\n')
  const [example = ''] = behind.split('// README example: to here\n')
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(example.length).toBeGreaterThan(100)
  expect(readme).toContain(example)
})
