export { startMailServer } from './mail-server.ts'
export type { ReceivedLetter, TestMailServer, TestMailServerOptions } from './mail-server.ts'
export { fixedClock } from './fixed-clock.ts'
export type { FixedClock } from './fixed-clock.ts'
export { storeContract } from './store-contract/store-contract.ts'
export {
  sampleAccount,
  samplePassword,
  sampleTotp,
  sampleWebAuthn,
} from './store-contract/samples.ts'
export { sqliteProcess } from './sqlite-processes/sqlite-process.ts'
export { postgresMissing, startPostgres } from './servers/start-postgres.ts'
export type { TestPostgres } from './servers/start-postgres.ts'
export { redisMissing, startRedis } from './servers/start-redis.ts'
export type { TestRedis } from './servers/start-redis.ts'
export { startRoundRobin } from './servers/round-robin.ts'
export type { RoundRobin } from './servers/round-robin.ts'
export { findProgram, mustBeThere } from './servers/find-program.ts'
export { serverOwner } from './servers/server-owner.ts'
