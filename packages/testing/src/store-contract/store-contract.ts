import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '@newel/identity-provider/store'
import { accountContract } from './account-contract.ts'
import { artifactContract } from './artifact-contract.ts'
import { attemptContract } from './attempt-contract.ts'
import { closingContract } from './closing-contract.ts'
import { credentialContract } from './credential-contract.ts'
import { interactionContract } from './interaction-contract.ts'
import { keyContract } from './key-contract.ts'
import { logoutNoticeContract } from './logout-notice-contract.ts'
import { recoveryContract } from './recovery-contract.ts'
import { sealedContract } from './sealed-contract.ts'
import { securityEventContract } from './security-event-contract.ts'
import { sessionContract } from './session-contract.ts'

/** The store of the test that runs now. */
export type StoreInUse = () => Store

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

    const inUse: StoreInUse = () => store

    describe('artifacts', () => {
      artifactContract(inUse)
    })
    describe('accounts', () => {
      accountContract(inUse)
    })
    describe('credentials', () => {
      credentialContract(inUse)
    })
    describe('session events', () => {
      sessionContract(inUse)
    })
    describe('interactions', () => {
      interactionContract(inUse)
    })
    describe('attempts', () => {
      attemptContract(inUse)
    })
    describe('recoveries', () => {
      recoveryContract(inUse)
    })
    describe('logout notices', () => {
      logoutNoticeContract(inUse)
    })
    describe('signing keys', () => {
      keyContract(inUse)
    })
    describe('security events', () => {
      securityEventContract(inUse)
    })
    describe('what is sealed', () => {
      sealedContract(inUse)
    })
    describe('closing', () => {
      closingContract(inUse)
    })
  })
}
