import type { IssuerOptions } from '../options.ts'

export interface OktaOptions {
  /** A custom authorization server, as `https://bank.okta.com/oauth2/default`. Tokens of the org server are for Okta alone. */
  readonly issuer: string
  /** The authorization server's audience. */
  readonly audience: string | readonly string[]
}

const prefix = 'urn:okta:loa:'

/** How long a proof counts where a requirement states no age: Okta publishes no lifetimes. */
const lifetimeSeconds = 12 * 3600

/**
 * Okta, with its predefined assurance values. Access tokens carry `auth_time`, and `acr` where one was asked; their header has
 * no `typ`. The phishing-resistant values say nothing about the number of factors, so they stand beside the others.
 */
export function okta({ issuer, audience }: OktaOptions): IssuerOptions {
  return {
    issuer,
    audience,
    tokenTypes: ['absent'],
    algorithms: ['RS256'],
    levels: [
      { acr: `${prefix}1fa:any`, lifetimeSeconds, satisfies: [] },
      { acr: `${prefix}1fa:pwd`, lifetimeSeconds, satisfies: [`${prefix}1fa:any`] },
      { acr: `${prefix}2fa:any`, lifetimeSeconds, satisfies: [`${prefix}1fa:any`] },
      { acr: 'phr', lifetimeSeconds, satisfies: [] },
      { acr: 'phrh', lifetimeSeconds, satisfies: ['phr'] },
    ],
    // ID tokens have no `cid`.
    isAccessToken: ({ cid }) => cid !== undefined,
    isMachine: ({ sub, cid, uid }) => uid === undefined && sub === cid,
  }
}
