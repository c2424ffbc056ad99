import { z } from 'zod'
import { durationPattern, longestDurationSeconds } from '../duration.ts'

export function duration(description: string): z.ZodOptional<typeof durationShape> {
  return durationShape.optional().meta({ description: `${description} ${durationSyntax}` })
}

export const durationSyntax = 'Write `90s`, `5m`, `1h30m` or `7d`; a number is seconds.'

/** Syntax is checked where the duration is read; the pattern is for editors. */
export const durationShape = z.union([
  z.string().meta({ pattern: durationPattern }),
  z.number().meta({ type: 'integer', minimum: 0, maximum: longestDurationSeconds }),
])
