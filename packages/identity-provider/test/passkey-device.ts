import type { VisitedPage, Visitor } from '@newel/testing/house'
import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from 'nid-webauthn-emulator'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from 'nid-webauthn-emulator'

/** A device that verifies its user, and the browser that speaks with it. */
export class PasskeyDevice {
  readonly #browser = new WebAuthnEmulator(
    new AuthenticatorEmulator({
      credentialsRepository: new PasskeysCredentialsMemoryRepository(),
    }),
  )

  /** Does what the page's script would. */
  async answer(visitor: Visitor, page: VisitedPage): Promise<VisitedPage> {
    const [, kind, attribute = ''] =
      /data-webauthn="(get|create)"\s+data-options="([^"]*)"/.exec(page.html) ?? []
    const options: unknown = JSON.parse(attribute.replaceAll('&quot;', '"'))
    const { origin } = page.url
    const response =
      kind === 'create'
        ? this.#browser.createJSON(origin, options as PublicKeyCredentialCreationOptionsJSON)
        : this.#browser.getJSON(origin, options as PublicKeyCredentialRequestOptionsJSON)
    return visitor.submit(page, { webauthn_response: JSON.stringify(response) })
  }
}
