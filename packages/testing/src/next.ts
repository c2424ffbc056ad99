export { freePort } from './free-port.ts'
export { startNext } from './start-next.ts'
export type { RunningNext } from './start-next.ts'
