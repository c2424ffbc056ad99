import type Provider from 'oidc-provider'
import type { Store } from '../store/index.ts'

/** A session that is over proves nothing any more: not for a refresh token that outlives it either. */
export function forgetOnLogout(provider: Provider, { sessions }: Pick<Store, 'sessions'>): void {
  const prototype = provider.Session.prototype as unknown as {
    destroy: (this: { readonly uid: string }) => Promise<void>
  }
  const { destroy } = prototype
  prototype.destroy = async function forgetThenDestroy() {
    await sessions.remove(this.uid)
    await destroy.call(this)
  }
}
