/** What is written about one account is written by one at a time: an account must not go while something is added to it. */
export function accountLock(accountId: string): string {
  return `account ${accountId}`
}
