/** The resource that tokens for the account API are issued for, where the document declares it. */
export function accountResource(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/account`
}
