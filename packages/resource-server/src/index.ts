export { ResourceServerError } from './errors.ts'
export type { ResourceServerErrorCode } from './errors.ts'
export type { Allowed, ApiRequest, Guard, Outcome, SenderFacts } from './guard.ts'
export {
  levelsByName,
  levelsFromFactorAges,
  levelsFromList,
  levelsFromMethods,
  standardClaims,
} from './authentication-mapping.ts'
export type { ReadAuthentication } from './authentication-mapping.ts'
export type { IntrospectionOptions } from './introspection/introspection.ts'
export type { ObservedDecision } from './observed-decision.ts'
export type { ApiOptions, DpopOptions, IssuerOptions, ResourceServerOptions } from './options.ts'
export {
  protectedResourceMetadata,
  protectedResourceMetadataUrl,
} from './protected-resource-metadata.ts'
export type { ProtectedResource } from './protected-resource-metadata.ts'
export type { Refusal, RefusalReason } from './refusal.ts'
export { shortestMaxAgeSeconds } from './requirement.ts'
export type {
  CombinedRequirement,
  RequirementDeclaration,
  SimpleRequirement,
} from './requirement.ts'
export { certificateFromHeader } from './sender/client-certificate.ts'
export type {
  CertificateForm,
  CertificateRequest,
  ReadCertificate,
} from './sender/client-certificate.ts'
export { createResourceServer } from './resource-server.ts'
export type { RequirementFunction, ResourceServer } from './resource-server.ts'
export { memoryUsedTokenStore } from './used-token-store.ts'
export type { UsedTokenStore } from './used-token-store.ts'
export type { Confirmation, VerifiedToken } from './verified-token.ts'
