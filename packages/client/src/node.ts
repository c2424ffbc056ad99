export { createNodeClient } from './node/node-client.ts'
export type {
  NodeClient,
  NodeLoginOptions,
  NodeStepUpOptions,
  ResumeOptions,
} from './node/node-client.ts'
export { createMachineClient } from './node/machine-client.ts'
export type { MachineClient, MachineClientOptions } from './node/machine-client.ts'
export type {
  ClientAuthentication,
  CommonOptions,
  NodeClientOptions,
  Parking,
  Via,
} from './node/node-options.ts'
export type { NodeHost } from './node/node-host.ts'
export type { PersonLink } from './node/person-link.ts'
export type { ChallengeLink } from './node/parking-lot.ts'
export { createMemoryTokenStore } from './node/token-store.ts'
export type { TokenStore } from './node/token-store.ts'
export type { StepUpLine } from './node/step-up-line.ts'
export { createFileTokenStore } from './node/file-token-store.ts'
export type { FileTokenStoreOptions } from './node/file-token-store.ts'
export { createFileParkedCallStore, createMemoryParkedCallStore } from './node/parked-call-store.ts'
export type { FileParkedCallStoreOptions, ParkedCallStore } from './node/parked-call-store.ts'
export { ClientError, StepUpError } from './errors.ts'
export type { ClientErrorCode, StepUpErrorCode } from './errors.ts'
export type { RequirementInput } from './requirement.ts'
export type { Session } from './session.ts'
