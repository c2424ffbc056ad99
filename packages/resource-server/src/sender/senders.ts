import type { EpochSeconds } from '@newel/policy'
import type { TokenScheme } from '@newel/protocol'
import type { Credentials } from '../authorization-header.ts'
import type { ApiRequest, SenderFacts } from '../guard.ts'
import type { Confirmation } from '../verified-token.ts'
import type { ReadCertificate } from './client-certificate.ts'
import { senderProblem } from './sender-proof.ts'
import type { SenderProblem, SenderRules } from './sender-proof.ts'

interface SenderJudgement {
  readonly scheme: TokenScheme
  readonly token: string
  readonly dpop: string
  readonly problem: Promise<SenderProblem | undefined>
}

/** Who sends the tokens that are bound to their sender, as the requests tell it. */
export class Senders {
  readonly #rules: SenderRules
  readonly #readCertificate: ReadCertificate | undefined
  readonly #publicUrl: string | undefined
  /** What the sender of a request that is being served proved, for the guards that look at it after the first. */
  readonly #judged = new WeakMap<object, SenderJudgement>()

  constructor(
    rules: SenderRules,
    readCertificate: ReadCertificate | undefined,
    publicUrl: string | undefined,
  ) {
    this.#rules = rules
    this.#readCertificate = readCertificate
    this.#publicUrl = publicUrl
  }

  /** Judged once for each request: the second guard would take the proof that the first accepted for a replay. */
  problem(
    { identity, sender }: ApiRequest,
    { scheme, token }: Credentials,
    confirmation: Confirmation | undefined,
    now: EpochSeconds,
  ): Promise<SenderProblem | undefined> {
    const publicUrl = this.#publicUrl
    const stated = this.#withCertificate(typeof sender === 'function' ? sender() : sender)
    const dpop = String(stated?.dpop)
    const judged = identity && this.#judged.get(identity)
    if (judged?.scheme === scheme && judged.token === token && judged.dpop === dpop) {
      return judged.problem
    }
    const problem = senderProblem(
      stated && publicUrl !== undefined
        ? { ...stated, url: underPublicUrl(publicUrl, stated.url) }
        : stated,
      scheme,
      token,
      confirmation,
      this.#rules,
      now,
    )
    if (identity) this.#judged.set(identity, { scheme, token, dpop, problem })
    return problem
  }

  /** What is read elsewhere stands instead of the connection's: behind a proxy that is a certificate of the proxy. */
  #withCertificate(stated: SenderFacts | undefined): SenderFacts | undefined {
    const readCertificate = this.#readCertificate
    if (!stated || !readCertificate) return stated
    return { ...stated, certificate: stated.request && readCertificate(stated.request) }
  }
}

/** The path stays; scheme and host, which a proxy may have changed, and a prefix that it took away are put right. */
function underPublicUrl(publicUrl: string, url: string): string {
  return URL.canParse(url) ? `${publicUrl}${new URL(url).pathname}` : url
}
