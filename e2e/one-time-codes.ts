import { oneTimeCode } from '@newel/example-bank/one-time-code'

const periodSeconds = 30

/**
 * One-time codes as an authenticator app shows them. The provider takes each step once and allows for one step of drift,
 * so that two codes in a row are there without waiting: the present one and the next.
 */
export class OneTimeCodes {
  readonly #secretOf: (username: 'ada' | 'ben' | 'olga') => string | undefined
  readonly #used = new Map<string, number>()

  constructor(secretOf: (username: 'ada' | 'ben' | 'olga') => string | undefined) {
    this.#secretOf = secretOf
  }

  /** A code of a demo person that was not handed out before. */
  next(username: 'ada' | 'olga'): string {
    const secret = this.#secretOf(username)
    if (secret === undefined) throw new Error(`\`${username}\` has no one-time codes`)
    return this.nextOf(secret)
  }

  /** The same for a secret in base32, such as one that was set up a moment ago. */
  nextOf(secret: string): string {
    const present = Math.floor(Date.now() / 1000 / periodSeconds)
    const used = this.#used.get(secret)
    const step = used === undefined ? present : Math.max(present, used + 1)
    if (step > present + 1) throw new Error('a third code would have to be waited for')
    this.#used.set(secret, step)
    return oneTimeCode(secret, step * periodSeconds)
  }

  /** A code that is not right now, nor in the steps around. */
  wrong(username: 'ada' | 'olga'): string {
    const secret = this.#secretOf(username) ?? ''
    const now = Date.now() / 1000
    const near = [-2, -1, 0, 1, 2].map((steps) => oneTimeCode(secret, now + steps * periodSeconds))
    // One more candidate than there are right ones.
    const candidates = ['000000', '111111', '222222', '333333', '444444', '555555']
    return candidates.find((code) => !near.includes(code)) ?? ''
  }
}
