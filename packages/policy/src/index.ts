export type {
  Alternative,
  EpochSeconds,
  LevelDefinition,
  LevelsDefinition,
  Method,
  MethodDefinition,
} from './level.ts'
export { compileLevels, levelsFromOrder } from './levels.ts'
export type { AcceptedAlternative, Level, LevelOrder, LevelOrderEntry, Levels } from './levels.ts'
export { methodsProvedBy, methodsThatCountAs } from './method-equivalence.ts'
export { PolicyError } from './errors.ts'
export type { PolicyErrorCode } from './errors.ts'
export type { Requirement } from './requirement.ts'
export type { AuthenticationEvent, AuthenticationRecord } from './record.ts'
export type { Authentication, Decision, HeldLevel, TokenDecision, UnmetItem, UnmetReason } from './decision.ts'
