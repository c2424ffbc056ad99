import { afterEach, beforeEach } from 'vitest'
import { createResourceServer } from '@newel/resource-server'
import type {
  Outcome,
  RequirementDeclaration,
  ResourceServer,
  ResourceServerOptions,
} from '@newel/resource-server'
import { startLocalIssuer, testAudience, testTime } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'

/** A provider and a resource server of its own for each test, under one clock. */
export interface Harness {
  issuer: LocalIssuer
  api: ResourceServer
  now: number
  /** A resource server like the first, with `options` laid over. */
  create(options?: Partial<ResourceServerOptions>): Promise<ResourceServer>
  /** Hold a Bearer token to a requirement. */
  check(token: string, requirement?: RequirementDeclaration): Promise<Outcome>
}

export function setUpHarness(): Harness {
  const harness = {
    now: testTime,
    create: (options: Partial<ResourceServerOptions> = {}) =>
      createResourceServer({
        issuer: harness.issuer.issuer,
        audience: testAudience,
        allowInsecureIssuer: true,
        clock: () => harness.now,
        ...options,
      }),
    check: (token: string, requirement?: RequirementDeclaration) =>
      harness.api.check({ authorization: `Bearer ${token}` }, requirement),
  } as Harness

  beforeEach(async () => {
    harness.now = testTime
    harness.issuer = await startLocalIssuer()
    harness.api = await harness.create()
  })
  afterEach(() => harness.issuer.close())
  return harness
}

/** Status and reason of a refusal, or `allowed`. */
export function reason(outcome: Outcome): string {
  return outcome.outcome === 'refused' ? `${outcome.status} ${outcome.reason}` : 'allowed'
}

export function challengeOf(outcome: Outcome): string | undefined {
  return outcome.outcome === 'refused' ? outcome.headers['WWW-Authenticate'] : undefined
}

/** Metadata of a provider that knows nothing of Newel. */
export const foreignMetadata = { newel_levels: undefined, acr_values_supported: undefined }
