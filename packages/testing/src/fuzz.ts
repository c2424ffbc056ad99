/** How often a property is tried, and with what randomness. */
export interface FuzzParameters {
  readonly numRuns: number
  /** Absent: another one every time; fast-check prints it where a property fails. */
  readonly seed?: number
}

/**
 * For `fc.assert`: `runs` tries, the same ones in every CI run. `npm run fuzz -- --times N` makes it `N` times as many, with a
 * seed of its own.
 */
export function fuzzed(runs: number): FuzzParameters {
  const { FUZZ_TIMES: times, FUZZ_SEED: seed } = process.env
  const fixed = seed ?? (process.env.CI === 'true' && times === undefined ? '20261124' : undefined)
  return {
    numRuns: runs * Number(times ?? '1'),
    ...(fixed === undefined ? {} : { seed: Number(fixed) }),
  }
}
