import type { EpochSeconds } from '@newel/policy'
import { base64url } from './sha256.ts'

/** How long one nonce is given out, in seconds. The one before stays good for as long again. */
const stepSeconds = 60

/**
 * Nonces that proofs must repeat, so that none can be made beforehand (RFC 9449 §9). Nothing is stored: a nonce is the MAC
 * of the time in steps, so servers that share the secret accept each other's.
 */
export class DpopNonces {
  readonly #key: Promise<CryptoKey>

  /** @param secret At least 32 bytes. */
  constructor(secret: Uint8Array<ArrayBuffer>) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    this.#key = crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  }

  async current(now: EpochSeconds): Promise<string> {
    return this.#nonceOf(Math.floor(now / stepSeconds))
  }

  async isGood(nonce: string | undefined, now: EpochSeconds): Promise<boolean> {
    if (nonce === undefined) return false
    const step = Math.floor(now / stepSeconds)
    const good = await Promise.all([this.#nonceOf(step), this.#nonceOf(step - 1)])
    return good.includes(nonce)
  }

  async #nonceOf(step: number): Promise<string> {
    const mac = await crypto.subtle.sign(
      'HMAC',
      await this.#key,
      new TextEncoder().encode(`dpop-nonce ${step}`),
    )
    return base64url(new Uint8Array(mac))
  }
}
