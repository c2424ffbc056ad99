export type {
  Alternative,
  EpochSeconds,
  LevelDefinition,
  LevelsDefinition,
  Method,
  MethodDefinition,
} from './level.ts'
export { compileLevels, levelsFromOrder } from './levels.ts'
export type { AcceptedAlternative, Level, Levels } from './levels.ts'
export { longestLifetimeSeconds, readLevelOrder } from './level-order.ts'
export type {
  JudgingOrder,
  LevelOrder,
  LevelOrderEntry,
  LevelOrderFault,
  LevelOrderReading,
} from './level-order.ts'
export { methodsProvedBy, methodsThatCountAs } from './method-equivalence.ts'
export { PolicyError } from './errors.ts'
export type { PolicyErrorCode } from './errors.ts'
export type { Requirement } from './requirement.ts'
export type { AuthenticationEvent, AuthenticationRecord } from './record.ts'
export type {
  Authentication,
  Decision,
  HeldLevel,
  TokenDecision,
  UnmetItem,
  UnmetReason,
} from './decision.ts'
export { clockToleranceSeconds, oneShotTokenSeconds } from './tolerance.ts'
export { ageSeconds } from './age.ts'
export type { DecisionContext } from './proof.ts'
export { heldLevel, heldLevels, strongestHeld } from './held-levels.ts'
export { evaluate } from './evaluate.ts'
export { evaluateToken } from './evaluate-token.ts'
export type { TokenContext } from './evaluate-token.ts'
export { reachesRequirement } from './reaches-requirement.ts'
export type { JudgingRules } from './reaches-requirement.ts'
export { plan } from './plan.ts'
export type { Plan, PlanContext } from './plan.ts'
export { describeSeconds, explain } from './explain.ts'
export type { Explanation, ExplanationStep } from './explain.ts'
export { compileRules } from './rules.ts'
export type { RuleDefinition, RuleMatch, RuleRequest, Rules } from './rules.ts'
export { canonicalPath, compilePathPattern } from './path-pattern.ts'
export type { CanonicalPath, PathPattern, PathPatternResult } from './path-pattern.ts'
