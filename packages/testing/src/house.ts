export { startMailServer } from './mail-server.ts'
export type { ReceivedLetter, TestMailServer } from './mail-server.ts'
export { freePort } from './free-port.ts'
export { Visitor, formsOf } from './visitor.ts'
export type { VisitedForm, VisitedPage } from './visitor.ts'
export {
  authorizationRequest,
  openTestHouse,
  redeem,
  requestTokens,
  totpCode,
} from './test-house.ts'
export type {
  AuthorizationAttempt,
  IssuedTokens,
  TestHouse,
  TestHouseOptions,
  TestPerson,
} from './test-house.ts'
