import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '@newel/identity-provider/store'
import { accountContract } from './account-contract.ts'
import { artifactContract } from './artifact-contract.ts'
import { attemptContract } from './attempt-contract.ts'
import { closingContract } from './closing-contract.ts'
import { credentialContract } from './credential-contract.ts'
import { interactionContract } from './interaction-contract.ts'
import { keyContract } from './key-contract.ts'
import { sessionContract } from './session-contract.ts'

/** The store of the test that runs now. */
export type StoreInUse = () => Store

const parts: Readonly<Record<string, (store: StoreInUse) => void>> = {
  artifacts: artifactContract,
  accounts: accountContract,
  credentials: credentialContract,
  'session events': sessionContract,
  interactions: interactionContract,
  attempts: attemptContract,
  'signing keys': keyContract,
  closing: closingContract,
}

/**
 * What every store must do, whatever it keeps things in. `open` gives an empty store; each test has its own and closes it.
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store contract on ${name}`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    for (const [part, contract] of Object.entries(parts)) {
      describe(part, () => {
        contract(() => store)
      })
    }
  })
}
