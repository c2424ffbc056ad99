export type * from './authenticator.ts'
export { createAuthenticators } from './create-authenticators.ts'
