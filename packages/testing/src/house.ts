export { answerPage, answerPages } from './answer-pages.ts'
export { startMailServer } from './mail-server.ts'
export type { ReceivedLetter, TestMailServer } from './mail-server.ts'
export { confirmAddress } from './confirm-address.ts'
export { freePort } from './free-port.ts'
export { Visitor, formsOf } from './visitor.ts'
export type { VisitedForm, VisitedPage } from './visitor.ts'
export { authorizationRequest, openTestHouse, redeem, requestTokens } from './test-house.ts'
export type {
  AuthorizationAttempt,
  IssuedTokens,
  TestHouse,
  TestHouseOptions,
} from './test-house.ts'
export { addTestPerson, totpCode } from './test-person.ts'
export type { TestPerson } from './test-person.ts'
