import { readFileSync } from 'node:fs'
import type {
  Authentication,
  AuthenticationRecord,
  Decision,
  HeldLevel,
  LevelsDefinition,
  Method,
  Plan,
  Requirement,
  RuleMatch,
  TokenContext,
  TokenDecision,
} from '../src/index.ts'

/** A truth table of `fixtures/decisions`; `README.md` there says what each member means. */
export interface DecisionTable {
  readonly rule: number
  readonly statement: string
  readonly records: Readonly<Record<string, AuthenticationRecord>>
  readonly order?: readonly {
    readonly title: string
    readonly levels: string
    readonly acr: string
    readonly required: string
    readonly satisfies: boolean
  }[]
  readonly decisions?: readonly {
    readonly title: string
    readonly levels: string
    readonly record: string
    readonly requirement: Requirement
    readonly now: number
    readonly request?: string
    readonly decision: Decision
    readonly held?: readonly HeldLevel[]
    readonly enrolled?: readonly Method[]
    readonly plans?: readonly Plan[]
  }[]
  readonly tokens?: readonly ({
    readonly title: string
    readonly levels: string
    /** Deliberately mistyped in places. */
    readonly token: Authentication
    readonly requirement: Requirement
    readonly decision: TokenDecision
  } & TokenContext)[]
}

export interface MatchingTables {
  readonly tables: readonly {
    readonly title: string
    readonly rules: readonly {
      readonly methods?: readonly string[]
      readonly host?: string
      readonly path: string
      readonly when?: 'always' | 'never' | 'fails'
      readonly require: Requirement | 'none'
    }[]
    readonly requests: readonly {
      readonly title: string
      readonly request: { readonly method: string; readonly path: string; readonly host?: string }
      readonly kind: RuleMatch['kind']
      readonly index?: number
    }[]
  }[]
}

export interface PathTable {
  readonly paths: readonly {
    readonly title: string
    readonly path: string
    readonly canonical: string | null
  }[]
}

export interface PatternTable {
  readonly patterns: readonly {
    readonly pattern: string
    readonly matches: readonly string[]
    readonly misses: readonly string[]
  }[]
  readonly refused: readonly { readonly title: string; readonly pattern: string }[]
}

export function readFixture(path: string): unknown {
  const url = new URL(`../../../fixtures/${path}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8'))
}

export const levelSets = readFixture('decisions/levels.json') as Readonly<
  Record<string, LevelsDefinition>
>
