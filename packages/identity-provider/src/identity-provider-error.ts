export type IdentityProviderErrorCode =
  | 'client_secret_missing'
  | 'provider_configuration'
  | 'address_in_use'
  | 'issuer_changed'
  | 'invalid_logo'
  | 'registration_token_missing'

/** The provider cannot start as it was told to. */
export class IdentityProviderError extends Error {
  override readonly name = 'IdentityProviderError'
  readonly code: IdentityProviderErrorCode

  constructor(code: IdentityProviderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
