import { ClientError } from '../errors.ts'
import { requirementFromInput, type RequirementInput } from '../requirement.ts'
import type { Session } from '../session.ts'
import { makeKey } from './bound-key.ts'
import { type Attempt, attemptCall, createNodeFetch } from './node-fetch.ts'
import { type NodeClientOptions, nodeSettings, type Via } from './node-options.ts'
import { NodeProvider } from './node-provider.ts'
import { NodeSession } from './node-session.ts'
import { NodeStepUps } from './node-step-ups.ts'
import { type ChallengeLink, ParkingLot } from './parking-lot.ts'
import { visitProvider } from './person-visit.ts'

export interface NodeLoginOptions extends RequirementInput {
  /** Default: the client's. */
  readonly via?: Via
  readonly signal?: AbortSignal
}

export interface NodeStepUpOptions {
  /** Default: the client's. */
  readonly via?: Via
  readonly signal?: AbortSignal
}

export interface ResumeOptions {
  /** Ends the wait, not the parked call: it can be resumed again, here or in another process. */
  readonly signal?: AbortSignal
}

export interface NodeClient {
  /**
   * Who is logged in, by the newest ID token in the store. `undefined`: nobody.
   *
   * @throws ClientError `store_unusable`
   */
  session(): Promise<Session | undefined>
  /**
   * Take the person to the provider. Only an answer that is good replaces the session that there is.
   *
   * @throws ClientError `login_cancelled`, …; StepUpError where a requirement was asked and not reached
   */
  login(options?: NodeLoginOptions): Promise<Session>
  /** Forget the tokens, and have the provider forget them. `revoked`: it did. RFC 7009. */
  logout(): Promise<{ readonly revoked: boolean }>
  /**
   * Like `fetch`, with the token for `apiOrigins`, and with their step-up challenges met: the call is sent once more, as
   * it was. Other origins get the call untouched.
   *
   * @throws StepUpError where the step-up fails, ClientError `login_required` where the session is over
   */
  readonly fetch: typeof fetch
  /** Like `fetch`, with the token, and with challenges left to the caller: `challengeLink` parks the call. */
  readonly attempt: typeof fetch
  /**
   * Reach a requirement now.
   *
   * @throws StepUpError, ClientError, or the signal's reason
   */
  stepUp(requirement: RequirementInput, options?: NodeStepUpOptions): Promise<Session>
  /**
   * Park the call whose challenge this is, a response of `attempt`, and get the link by which the person lets it
   * through.
   *
   * @throws ClientError `configuration` where it is no such response, or `parking` is not set
   */
  challengeLink(response: Response): Promise<ChallengeLink>
  /**
   * Wait for the person, and send the parked call once. Also in another process, with the same stores and key.
   *
   * @throws ClientError `call_unknown`, `provider_unavailable` (the call stays parked); StepUpError
   */
  resume(id: string, options?: ResumeOptions): Promise<Response>
  /** Forget a parked call. `false`: it is not there. */
  drop(id: string): Promise<boolean>
}

/** @throws ClientError `configuration` */
export function createNodeClient(options: NodeClientOptions): NodeClient {
  const settings = nodeSettings(options)
  const provider = new NodeProvider(settings)
  const session = new NodeSession(settings, provider)
  const stepUps = new NodeStepUps(settings, provider, session)
  const parkingLot = new ParkingLot(settings, provider, session, stepUps)
  const attempts = new WeakMap<Response, Attempt>()
  return {
    session: async () => (await session.tokens())?.session,
    login: async ({ acr, maxAge, via = settings.via, signal } = {}) => {
      const asks = acr !== undefined || maxAge !== undefined
      const requirement = {
        ...(acr === undefined ? {} : { acr }),
        ...(maxAge === undefined ? {} : { maxAge }),
      }
      const tokens = await visitProvider(settings, provider, {
        via,
        stepUp: false,
        // A login begins with a key of its own.
        ...(settings.binding ? { key: await makeKey() } : {}),
        ...(asks ? { requirement: requirementFromInput(requirement) } : {}),
        ...(signal ? { signal } : {}),
      })
      await session.begin(tokens)
      return tokens.session
    },
    logout: async () => {
      const tokens = await session.end()
      if (!tokens) return { revoked: false }
      // The session here is over whether the provider hears of it or not.
      const revoked = provider.revoke(tokens.refreshToken ?? tokens.accessToken)
      return { revoked: await revoked.catch(() => false) }
    },
    fetch: createNodeFetch(settings, session, stepUps),
    attempt: async (input, init) => {
      const attempt = await attemptCall(settings, session, input, init)
      if (attempt.challenge.kind === 'challenge') attempts.set(attempt.response, attempt)
      return attempt.response
    },
    stepUp: async (input, { via = settings.via, signal } = {}) => {
      const requirement = requirementFromInput(input)
      const wish = { requirement, via, ...(signal ? { signal } : {}) }
      return (await stepUps.reach(wish)).session
    },
    challengeLink: async (response) => {
      const attempt = attempts.get(response)
      if (attempt) return parkingLot.park(attempt)
      throw new ClientError(
        'configuration',
        'the response is no challenge that `attempt` of this client met',
      )
    },
    resume: (id, { signal } = {}) => parkingLot.resume(id, signal),
    drop: (id) => parkingLot.drop(id),
  }
}
