import type { Page } from '@playwright/test'

const kinds = {
  /** Built into the device; checks who uses it. */
  passkey: { transport: 'internal', hasResidentKey: true, hasUserVerification: true },
  /** On a key ring; tells only that somebody touched it. */
  'security-key': { transport: 'usb', hasResidentKey: false, hasUserVerification: false },
} as const

interface KeptCredential {
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly rpId?: string
  readonly privateKey: string
  readonly userHandle?: string
  readonly signCount: number
}

/**
 * An authenticator that a person carries from window to window. The browser's virtual ones end with their window, so its
 * credentials are taken along.
 */
export class PocketAuthenticator {
  readonly #kind: keyof typeof kinds
  #credentials: readonly KeptCredential[] = []

  constructor(kind: keyof typeof kinds) {
    this.#kind = kind
  }

  /** Have it at hand in this window. Returns what takes note of the credentials made there. */
  async bringTo(page: Page): Promise<() => Promise<void>> {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable')
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ...kinds[this.#kind],
        isUserVerified: kinds[this.#kind].hasUserVerification,
        automaticPresenceSimulation: true,
      },
    })
    for (const credential of this.#credentials) {
      await session.send('WebAuthn.addCredential', { authenticatorId, credential })
    }
    // The count of the last window may be lost with it; a provider takes any that is higher.
    this.#credentials = this.#credentials.map((kept) => ({
      ...kept,
      signCount: kept.signCount + 10,
    }))
    return async () => {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      this.#credentials = credentials.map((one) => ({ ...one, signCount: one.signCount + 10 }))
    }
  }
}
