import { createRequire } from 'node:module'
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
    // Crypto and argon2 share two cores with the rest of the run; a slow machine is not a failure.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
