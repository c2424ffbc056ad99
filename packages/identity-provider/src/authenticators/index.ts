export type * from './authenticator.ts'
export { createAuthenticators } from './create-authenticators.ts'
export { createHashQueue } from './password/hash-queue.ts'
export type { HashQueue } from './password/hash-queue.ts'
