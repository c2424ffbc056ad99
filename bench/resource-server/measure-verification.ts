import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createResourceServer } from '@newel/resource-server'
import { median } from '../median.ts'
import { startLocalProvider } from './local-provider.ts'
import { audience, createSigner } from './tokens.ts'
import type { Algorithm } from './tokens.ts'

const rounds = 15
const inRound = 3000
/** One more than half of what is remembered by default: from there on a first sight is only noted. */
const tokensThatFill = 5001

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

export interface VerificationFigures {
  /** Microseconds of CPU for one token never seen before, where there is room to remember it. */
  readonly newel: number
  /** The same where what is remembered is full, so that a first sight is only noted. */
  readonly full: number
  /** The same for the ten lines below. */
  readonly plain: number
  /** The signature alone. */
  readonly signature: number
  /** Microseconds of CPU for one token seen before. */
  readonly remembered: number
  /** CPU of the ten lines, of ours with room. The median of the rounds' ratios. */
  readonly ofPlain: number
  /** CPU of the ten lines, of ours when full. */
  readonly ofPlainFull: number
}

/** What a first sight of a token costs without any framework, beside the least that could be done. */
export async function measureVerification(algorithm: Algorithm): Promise<VerificationFigures> {
  const signer = createSigner(algorithm)
  const provider = await startLocalProvider([signer.jwk])
  const { issuer } = provider
  const key = createPublicKey(signer.publicPem)
  const costs = { newel: [], full: [], plain: [], signature: [], remembered: [] } as Record<
    'newel' | 'full' | 'plain' | 'signature' | 'remembered',
    number[]
  >
  const startJudge = async (): Promise<(token: string) => Promise<void>> => {
    const api = await createResourceServer({ issuer, audience, allowInsecureIssuer: true })
    const guard = api.require({ acr: 'mfa', maxAge: '1h' })
    return async (token) => {
      const outcome = await guard.judge({ authorization: `Bearer ${token}` }, undefined)
      if (outcome.outcome !== 'allowed') throw new Error(outcome.reason)
    }
  }
  // Beforehand: rounds leave the event loop no turns, and kept connections to the provider end meanwhile.
  const empty = await Promise.all(Array.from({ length: rounds * 2 }, startJudge))
  const tokens = signer.sign(issuer, 'mfa', inRound)
  const others = signer.sign(issuer, 'mfa', tokensThatFill)
  for (let round = 0; round < rounds; round += 1) {
    const [judge, judgeFull] = [empty.pop(), empty.pop()]
    if (!judge || !judgeFull) throw new Error('there are two for each round')
    for (const token of others) await judgeFull(token)
    costs.plain.push(
      await cost(tokens, async (token) => checkPlainly(token, algorithm, key, issuer)),
    )
    costs.full.push(await cost(tokens, judgeFull))
    costs.signature.push(await cost(tokens, async (token) => checkSignature(token, algorithm, key)))
    costs.newel.push(await cost(tokens, judge))
    costs.remembered.push(await cost(tokens, judge))
  }
  provider.close()
  const ofPlain = (ours: readonly number[]): number =>
    median(costs.plain.map((plain, round) => plain / (ours[round] ?? Number.NaN)))
  return {
    newel: median(costs.newel),
    full: median(costs.full),
    plain: median(costs.plain),
    signature: median(costs.signature),
    remembered: median(costs.remembered),
    ofPlain: ofPlain(costs.newel),
    ofPlainFull: ofPlain(costs.full),
  }
}

async function cost(
  tokens: readonly string[],
  work: (token: string) => Promise<unknown>,
): Promise<number> {
  // What another left behind is not collected at this one's expense.
  collectGarbage()
  const before = process.cpuUsage()
  for (const token of tokens) await work(token)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / tokens.length
}

/** The ten-line verifier: what anybody writes who knows key, algorithm and issuer beforehand. */
function checkPlainly(token: string, alg: Algorithm, key: KeyObject, issuer: string): unknown {
  const [header = '', payload = ''] = token.split('.')
  const { alg: stated } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string }
  if (stated !== alg || !checkSignature(token, alg, key)) throw new Error('invalid')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const now = Date.now() / 1000
  if (claims['iss'] !== issuer || claims['aud'] !== audience) throw new Error('not ours')
  if (Number(claims['exp']) < now || Number(claims['auth_time']) < now - 3600)
    throw new Error('old')
  if (claims['acr'] !== 'mfa') throw new Error('too low')
  return claims
}

function checkSignature(token: string, alg: Algorithm, key: KeyObject): boolean {
  const at = token.lastIndexOf('.')
  return verify(
    alg === 'EdDSA' ? null : 'sha256',
    Buffer.from(token.slice(0, at)),
    alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
    Buffer.from(token.slice(at + 1), 'base64url'),
  )
}
