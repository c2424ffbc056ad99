import type {
  Levels,
  LevelsDefinition,
  Method,
  Requirement,
  RuleDefinition,
  Rules,
} from '@newel/policy'
import type { PageLanguage } from './page-languages.ts'
import type { BrandingConfig } from './sections/branding-section.ts'
import type { ClientConfig } from './sections/clients-section.ts'
import type { MailConfig } from './sections/mail-section.ts'
import type { MethodConfig } from './sections/methods-section.ts'
import type { RecoveryConfig } from './sections/recovery-section.ts'
import type { RegistrationConfig } from './sections/registration-section.ts'
import type { ResourceConfig } from './sections/resources-section.ts'
import type { UpstreamConfig } from './sections/upstreams-section.ts'
import type { SignUpConfig } from './sections/sign-up-section.ts'

/** `newel.yaml`, checked and compiled: names resolved, durations in seconds, defaults filled in. */
export interface PolicyDocument {
  /** The address of the provider, letter by letter as tokens carry it. */
  readonly issuer: string
  /** What the pages call the provider. Absent: the host of the issuer. */
  readonly name?: string
  /** Of the pages, for people who asked for none that they speak. Absent: `en`. */
  readonly language?: PageLanguage
  /** Absent: the pages keep their own look. */
  readonly branding?: BrandingConfig
  readonly levelsDefinition: LevelsDefinition
  readonly levels: Levels
  /** By name; levels as wire values. */
  readonly requirements: ReadonlyMap<string, Requirement>
  readonly rules: Rules
  readonly ruleDefinitions: readonly RuleDefinition[]
  /** Every known method, and whether the provider offers it. */
  readonly methods: ReadonlyMap<Method, MethodConfig>
  readonly resources: readonly ResourceConfig[]
  readonly clients: readonly ClientConfig[]
  /** Other providers through which people sign in. */
  readonly upstreams: readonly UpstreamConfig[]
  readonly session: { readonly lifetimeSeconds: number }
  readonly enrolment: {
    readonly duringStepUp: boolean
    readonly satisfiesPendingStepUp: boolean
  }
  readonly lockout: {
    readonly attempts: number
    readonly windowSeconds: number
    readonly durationSeconds: number
    /** Each further lock is twice as long as the one before, up to the maximum. */
    readonly backOff: { readonly maximumSeconds: number; readonly forgetAfterSeconds: number }
  }
  /** Absent: only {@link PolicyDocument.clients} exist. */
  readonly registration?: RegistrationConfig
  /** Absent: the provider sends no mail. */
  readonly mail?: MailConfig
  /** Absent: closed. */
  readonly signUp?: SignUpConfig
  readonly recovery: RecoveryConfig
}
