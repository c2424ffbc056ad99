import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Workspace packages resolve to their sources; nothing needs building before a test. */
const conditions = ['newel-source']

export default defineConfig({
  // One copy of `graphql`: servers know its errors by their class, and load the package's CommonJS half.
  resolve: { conditions, alias: { graphql: createRequire(import.meta.url).resolve('graphql') } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/**/*.test.ts',
      'interop/**/*.test.ts',
      'fault/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    // Left to itself it has one worker on two cores, and much of a test is waiting for databases and browsers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Crypto and argon2 share two cores with the rest of the run; a slow machine is not a failure.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
