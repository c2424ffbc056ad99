import type { KoaContextWithOIDC } from 'oidc-provider'
import { addressIdentity } from '../mail/index.ts'
import type { Account, Store } from '../store/index.ts'
import { isOfPresent } from './grant-generation.ts'
import type { TokenAuthentication } from './token-authentication.ts'

/** Who a code, a token or a session speaks for. Nobody, where the account is gone, disabled or was ended. */
export async function findAccount(
  store: Store,
  tokens: TokenAuthentication,
  ctx: KoaContextWithOIDC,
  sub: string,
) {
  const account = await store.accounts.byId(sub)
  if (account === undefined || account.disabled || (await isEnded(ctx, account))) return undefined
  // Every grant looks its account up before it issues, so this is where its authentication is settled.
  await tokens.settle(ctx)
  return {
    accountId: account.id,
    ...(account.generation === undefined ? {} : { generation: account.generation }),
    claims: async () => ({
      sub: account.id,
      preferred_username: account.username,
      ...(account.name === undefined ? {} : { name: account.name }),
      ...(account.email === undefined ? {} : await emailClaims(store, account.id, account.email)),
    }),
  }
}

/** OIDC Core §5.1: `email_verified` says that this very address was shown to be the person's. */
async function emailClaims(
  { credentials }: Store,
  accountId: string,
  email: string,
): Promise<{ readonly email: string; readonly email_verified: boolean }> {
  const known = await credentials.forAccount(accountId)
  const email_verified = known.some(
    (credential) =>
      credential.method === 'email-code' &&
      addressIdentity(credential.data.address) === addressIdentity(email),
  )
  return { email, email_verified }
}

/** Whether the code or token in hand was issued before all of the account's were ended. */
async function isEnded(ctx: KoaContextWithOIDC, account: Account): Promise<boolean> {
  const { AuthorizationCode, RefreshToken, DeviceCode, AccessToken, Grant } = ctx.oidc.entities
  const inHand: InHand | undefined = AuthorizationCode ?? RefreshToken ?? DeviceCode ?? AccessToken
  const issuedAt = inHand?.iiat ?? inHand?.iat
  if (inHand === undefined || issuedAt === undefined) return false
  if (issuedAt < (account.validFrom ?? 0)) return true
  // The library finds the grant of an access token after its account.
  const { grantId } = inHand
  const grant = Grant ?? (grantId && (await ctx.oidc.provider.Grant.find(grantId)))
  return typeof grant === 'object' && !isOfPresent(grant, account)
}

interface InHand {
  readonly iat?: number | undefined
  readonly iiat?: number | undefined
  readonly grantId?: string | undefined
}
