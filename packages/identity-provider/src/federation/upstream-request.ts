import { createHash } from 'node:crypto'
import type { EpochSeconds, Method } from '@newel/policy'
import type { RandomBytes } from '../secrets/index.ts'
import type { ArtifactStore } from '../store/index.ts'
import type { AskedOfUpstream } from './judge-upstream-answer.ts'
import type { Upstream } from './upstreams.ts'

/** A person who was sent to an upstream, and is expected back. */
export interface UpstreamRequest extends AskedOfUpstream {
  readonly upstream: string
  /** The interaction, or the session at the account pages, in which it was asked: the answer is taken there alone. */
  readonly place: string
  /** What it was to prove. Absent: whatever it does. */
  readonly method?: Method
  /** Oldest proof that was asked for, in seconds. */
  readonly maxAgeSeconds: number
  readonly nonce: string
  readonly codeVerifier: string
}

const model = 'UpstreamRequest'

/** How long a person may stay with the upstream, in seconds: as long as an interaction waits. */
const requestSeconds = 15 * 60

/** By a hash, as whoever reads the store must not be able to answer. */
function idOf(state: string): string {
  return createHash('sha256').update(state).digest('base64url')
}

/** Where to send the browser. Undefined: the upstream cannot be reached, and nothing was kept. */
export async function beginUpstreamRequest(
  { artifacts, random }: { readonly artifacts: ArtifactStore; readonly random: RandomBytes },
  upstream: Upstream,
  asked: Omit<UpstreamRequest, 'upstream' | 'nonce' | 'codeVerifier'> & {
    readonly acrValues: readonly string[]
  },
): Promise<URL | undefined> {
  const secret = (): string => Buffer.from(random(32)).toString('base64url')
  const [state, nonce, codeVerifier] = [secret(), secret(), secret()]
  const { acrValues, ...kept } = asked
  const url = await upstream.authorizationUrl({
    state,
    nonce,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    acrValues,
    maxAgeSeconds: asked.maxAgeSeconds,
    fresh: asked.fresh,
  })
  if (url === undefined) return undefined
  const request: UpstreamRequest = { ...kept, upstream: upstream.config.id, nonce, codeVerifier }
  await artifacts.upsert(model, idOf(state), { ...request }, asked.askedAt + requestSeconds)
  return url
}

/** Who is expected back with this `state`. Absent: nobody, or not any more. */
export async function findUpstreamRequest(
  artifacts: ArtifactStore,
  state: string,
  now: EpochSeconds,
): Promise<UpstreamRequest | undefined> {
  const stored = await artifacts.find(model, idOf(state), now)
  // Our own words: nobody else writes this model.
  return stored?.consumedAt === undefined
    ? (stored?.payload as UpstreamRequest | undefined)
    : undefined
}

/** The request that an answer belongs to, for exactly one caller, in the place where it was asked. */
export async function takeUpstreamRequest(
  artifacts: ArtifactStore,
  state: string,
  at: Pick<UpstreamRequest, 'upstream' | 'place' | 'purpose'>,
  now: EpochSeconds,
): Promise<UpstreamRequest | undefined> {
  const request = await findUpstreamRequest(artifacts, state, now)
  const belongs =
    request?.upstream === at.upstream &&
    request.place === at.place &&
    request.purpose === at.purpose
  // Looked at before it is used up: a stranger must not spoil it.
  if (!belongs) return undefined
  return (await artifacts.consume(model, idOf(state), now)) ? request : undefined
}
