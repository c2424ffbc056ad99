import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fetch'

/** Made at the first request: a build must not need the provider. */
const api = await createResourceServer({
  issuer: process.env['NEWEL_TEST_ISSUER'] ?? 'https://id.example',
  audience: 'https://api.example',
  start: 'lazy',
  allowInsecureIssuer: true,
})

export const PUT = protect(
  api.require(async (request) => {
    const { amount } = (await request.json()) as { amount: number }
    return amount >= 1000 ? { acr: 'phr' } : { acr: 'mfa', maxAge: '10m' }
  }),
  async (request, newel) => {
    const { amount } = (await request.json()) as { amount: number }
    return Response.json({ subject: newel.subject, amount })
  },
)
