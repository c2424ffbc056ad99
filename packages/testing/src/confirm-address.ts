import type { Store } from '@newel/identity-provider'
import type { TestPerson } from './test-person.ts'

/** The person has shown that the address is theirs: codes and notices go there. */
export async function confirmAddress(
  { store }: { readonly store: Store },
  { accountId }: Pick<TestPerson, 'accountId'>,
  address: string,
): Promise<void> {
  await store.credentials.add({
    id: `address-of-${accountId}-${address}`,
    accountId,
    method: 'email-code',
    label: 'Email address',
    createdAt: Math.floor(Date.now() / 1000),
    data: { address },
  })
}
