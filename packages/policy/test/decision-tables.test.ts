import { describe, expect, it } from 'vitest'
import {
  type Levels,
  compileLevels,
  evaluate,
  evaluateToken,
  explain,
  heldLevels,
  plan,
} from '../src/index.ts'
import { type DecisionTable, levelSets, readFixture } from './fixtures.ts'

/** Rule 10 is the laws themselves. */
const rules = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]

function levelsNamed(name: string): Levels {
  const definition = levelSets[name]
  if (definition === undefined) throw new Error(`no level set \`${name}\``)
  return compileLevels(definition)
}

describe.each(rules.map((rule) => readFixture(`decisions/rule-${rule}.json`) as DecisionTable))(
  'rule $rule: $statement',
  ({ records, order = [], decisions = [], tokens = [] }) => {
    it.each(order)('$title', ({ levels, acr, required, satisfies }) => {
      expect(levelsNamed(levels).satisfies(acr, required)).toBe(satisfies)
    })

    it.each(decisions)('$title', (row) => {
      const levels = levelsNamed(row.levels)
      const record = records[row.record]!
      const context = {
        now: row.now,
        ...(row.request === undefined ? {} : { request: row.request }),
      }
      expect(evaluate(levels, row.requirement, record, context)).toEqual(row.decision)
      expect(explain(levels, row.requirement, record, context).decision).toEqual(row.decision)
      if (row.held) expect(heldLevels(levels, record, context)).toEqual(row.held)
      if (row.enrolled) {
        const { enrolled } = row
        expect(plan(levels, row.requirement, record, { ...context, enrolled })).toEqual(row.plans)
      }
    })

    it.each(tokens)('token: $title', ({ levels, token, requirement, decision, ...context }) => {
      expect(evaluateToken(levelsNamed(levels), requirement, token, context)).toEqual(decision)
    })
  },
)
