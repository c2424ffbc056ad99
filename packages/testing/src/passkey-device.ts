import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from 'nid-webauthn-emulator'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from 'nid-webauthn-emulator'
import type { VisitedPage, Visitor } from './visitor.ts'

/** A device that verifies its user, and the browser that speaks with it. */
export class PasskeyDevice {
  readonly #browser = new WebAuthnEmulator(
    new AuthenticatorEmulator({
      credentialsRepository: new PasskeysCredentialsMemoryRepository(),
    }),
  )

  /** Does what the page's script would. */
  async answer(visitor: Visitor, page: VisitedPage): Promise<VisitedPage> {
    return visitor.submit(page, { webauthn_response: this.respond(page) })
  }

  /** What the page's script would send; `anyOfSite`, what a hostile one would that asks for any credential of the site. */
  respond({ html, url: { origin } }: VisitedPage, anyOfSite = false): string {
    const [, kind, attribute = ''] =
      /data-webauthn="(get|create)"\s+data-options="([^"]*)"/.exec(html) ?? []
    const asked = JSON.parse(attribute.replaceAll('&quot;', '"')) as Record<string, unknown>
    const options: unknown = anyOfSite ? { ...asked, allowCredentials: [] } : asked
    return JSON.stringify(
      kind === 'create'
        ? this.#browser.createJSON(origin, options as PublicKeyCredentialCreationOptionsJSON)
        : this.#browser.getJSON(origin, options as PublicKeyCredentialRequestOptionsJSON),
    )
  }
}
