import type { ClientContext } from './client-context.ts'

/** Tokens that are good only together with a key of this browser; made by `dpop()`. */
export interface KeyBinding {
  /** What the provider binds the code to: the key's thumbprint. RFC 9449 §10. */
  thumbprint(): Promise<string>
  /**
   * Send a request with a proof that the key is here, and once more where the server first hands out a nonce.
   *
   * `replayable: false`: the body can be sent only once, so that no second request is made.
   */
  send(
    request: Request,
    options?: { readonly accessToken?: string; readonly replayable?: boolean },
  ): Promise<Response>
}

export type KeyBindingFactory = (context: ClientContext) => KeyBinding
