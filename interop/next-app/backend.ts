import { type Bff, createBff } from '@newel/client/bff'

const env = (name: string, otherwise: string): string =>
  (process.env[`NEWEL_TEST_${name}`] as string | undefined) ?? otherwise

/** One for all routes: each is a bundle of its own, and a store in memory must not be. */
const place = globalThis as { newelBff?: Bff }

export const bff = (place.newelBff ??= createBff({
  issuer: env('ISSUER', 'https://id.example'),
  clientId: 'next',
  credential: { secret: env('CLIENT_SECRET', '') },
  origin: env('ORIGIN', 'https://bank.example'),
  apiOrigins: [],
  secrets: [env('SECRET', 'only for the build, which seals nothing')],
  sessions: 'store',
  dpop: true,
}))
