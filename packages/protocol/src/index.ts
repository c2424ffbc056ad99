export { formatBearerError } from './bearer-error.ts'
export type { BearerError, BearerErrorCode } from './bearer-error.ts'
export type { TokenScheme } from './challenge-format.ts'
export { longestChallengeHeader, mostChallenges, parseChallenges } from './challenge-syntax.ts'
export type {
  Challenge,
  ChallengeErrorCode,
  ChallengeFault,
  ChallengesReading,
} from './challenge-syntax.ts'
export { authenticationFromClaims, claimsFromAuthentication, oneShotClaim } from './claims.ts'
export type { AuthenticationClaims, ClaimErrorCode, ClaimsReading } from './claims.ts'
export { ProtocolError } from './errors.ts'
export type { ProtocolErrorCode } from './errors.ts'
export { levelOrderFromMetadata, levelsMember, levelsMetadata } from './levels-metadata.ts'
export type {
  LevelMetadata,
  LevelsMetadataErrorCode,
  LevelsMetadataReading,
} from './levels-metadata.ts'
export { isMaxAge, longestMaxAgeSeconds, parseMaxAge } from './max-age.ts'
export {
  authorizationErrorCodes,
  authorizationErrorFromParameters,
  isAuthorizationErrorCode,
} from './oauth-error.ts'
export type {
  AuthorizationError,
  AuthorizationErrorCode,
  ResponseParameters,
} from './oauth-error.ts'
export {
  authorizationParameters,
  isWritable,
  parametersOf,
  requirementFromParameters,
} from './parameters.ts'
export type { AuthorizationParameters, ParametersReading } from './parameters.ts'
export {
  findStepUpChallenge,
  formatStepUpChallenge,
  insufficientUserAuthentication,
  stepUpChallengeAmong,
  stepUpChallengeFor,
} from './step-up-challenge.ts'
export type {
  StepUpChallenge,
  StepUpChallengeErrorCode,
  StepUpChallengeReading,
} from './step-up-challenge.ts'
export { isAcrValue } from './value-list.ts'
