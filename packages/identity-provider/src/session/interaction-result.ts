import type { AuthenticationEvent, Requirement } from '@newel/policy'

/** The name of Newel's own prompt in `oidc-provider`'s interaction policy. */
export const stepUpPrompt = 'step_up'

/** What the step-up prompt leaves in `interaction.prompt.details` for the pages. */
export interface StepUpDetails {
  /** With the client's minimum and default already applied. */
  readonly requirement: Requirement
  /** `prompt=login`: only proofs made for this request count. */
  readonly onlyThisRequest: boolean
}

/**
 * What the pages hand back when an interaction is finished. Each key names a prompt that was resolved; `proved` is
 * carried along and merged into the session's record on resumption.
 */
export interface InteractionResult {
  readonly login?: { readonly accountId: string }
  /** `prompt=create` was shown. */
  readonly create?: Readonly<Record<string, never>>
  readonly step_up?: { readonly done: true }
  readonly consent?: { readonly grantId: string }
  readonly proved?: { readonly events: readonly AuthenticationEvent[] }
}
