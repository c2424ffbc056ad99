import type { BffSettings } from './options.ts'

/** Most calls and forms of one login that wait at a time: nobody fills the store with what they never come back for. */
const mostParked = 10

/** How many things of one login wait, over all processes. */
export class ParkingPlaces {
  readonly #settings: BffSettings

  constructor(settings: BffSettings) {
    this.#settings = settings
  }

  /** The name of a place, until it is left or its time is over. `undefined`: all are taken. */
  async take(loginId: string): Promise<string | undefined> {
    const { vault, timeLimitSeconds } = this.#settings
    for (let count = 0; count < mostParked; count += 1) {
      const place = `${loginId} ${count}`
      if (await vault.add('place', place, true, timeLimitSeconds)) return place
    }
    return undefined
  }

  async leave(place: string): Promise<void> {
    await this.#settings.vault.remove('place', place)
  }
}
