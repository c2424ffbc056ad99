import type { EpochSeconds } from '@newel/policy'
import { judgeTokens, refusalOf } from './judge-tokens.ts'
import { openLoopback } from './loopback-visit.ts'
import type { NodeSettings, Via } from './node-options.ts'
import type { AuthorizationWish, NodeProvider } from './node-provider.ts'
import { type PersonLink, requirementInWords } from './person-link.ts'
import { pollDevice } from './poll-device.ts'
import type { NodeTokens } from './stored-tokens.ts'
import { ClientError } from '../errors.ts'

/** One trip of the person to the provider. */
export interface PersonVisit extends AuthorizationWish {
  readonly via: Via
  /** A session is there, and stays whatever comes of this. */
  readonly stepUp: boolean
  /** The API that asks. Absent: the program itself. */
  readonly api?: string
  readonly signal?: AbortSignal
}

/**
 * Take the person to the provider, and bring back tokens that are what was asked for. Nothing is stored.
 *
 * @throws StepUpError, ClientError, or the signal's reason
 */
export async function visitProvider(
  settings: NodeSettings,
  provider: NodeProvider,
  visit: PersonVisit,
): Promise<NodeTokens> {
  const beganAt = settings.host.now()
  const asked = { ...visit, beganAt }
  try {
    const tokens =
      visit.via === 'loopback'
        ? await byLoopback(settings, provider, visit, beganAt)
        : await byDevice(settings, provider, visit, beganAt)
    const { order } = await provider.discover()
    return judgeTokens(asked, tokens, {
      order,
      clockToleranceSeconds: settings.clockToleranceSeconds,
    })
  } catch (error) {
    visit.signal?.throwIfAborted()
    throw refusalOf(error, asked, visit.stepUp)
  }
}

async function byLoopback(
  settings: NodeSettings,
  provider: NodeProvider,
  visit: PersonVisit,
  beganAt: EpochSeconds,
): Promise<NodeTokens> {
  const { timeLimitSeconds, redirectPath } = settings
  const receiver = await openLoopback(redirectPath)
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, ...(visit.signal ? [visit.signal] : [])])
  try {
    const request = await provider.loopbackRequest(visit, receiver.redirectUri)
    const answer = receiver.answer(request.state, signal)
    // It is waited for below; while the browser opens, an abort must not count as unhandled.
    answer.catch(() => {})
    await present(settings, {
      url: request.url,
      asks: requirementInWords(visit.requirement, visit.api),
      expiresAt: beganAt + timeLimitSeconds,
    })
    const limit = settings.host.wait(timeLimitSeconds * 1000, signal).then(timeOver, timeOver)
    return await provider.redeemCode(await Promise.race([answer, limit]), request, signal)
  } finally {
    ended.abort()
    await receiver.close()
  }
}

async function byDevice(
  settings: NodeSettings,
  provider: NodeProvider,
  { signal, ...visit }: PersonVisit,
  beganAt: EpochSeconds,
): Promise<NodeTokens> {
  const request = await provider.deviceRequest(visit, signal)
  const { deviceCode, userCode, url, urlWithCode, intervalSeconds } = request
  const seconds = Math.min(request.expiresInSeconds, settings.timeLimitSeconds)
  const expiresAt = beganAt + seconds
  const asks = requirementInWords(visit.requirement, visit.api)
  const link = { url, userCode, ...(urlWithCode === undefined ? {} : { urlWithCode }) }
  await settings.show({ ...link, asks, expiresAt })
  const ask = () => provider.redeemDeviceCode(deviceCode, visit.key, signal)
  return pollDevice(settings.host, { intervalSeconds, expiresAt, ask }, signal)
}

/** In a browser where one opens, else as a link. */
async function present({ open, show }: NodeSettings, link: PersonLink): Promise<void> {
  try {
    if (open) {
      await open(link.url)
      return
    }
  } catch {
    // No browser here: the link goes anywhere on this machine.
  }
  await show(link)
}

function timeOver(): never {
  throw new ClientError('provider_refused', 'the time for the answer is over', {
    providerError: 'expired_token',
  })
}
