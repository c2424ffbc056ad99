export { createPeople, longestUsername } from './people.ts'
export type { NewPerson, People, PeopleOptions, TotpKey } from './people.ts'
export { PeopleError } from './people-error.ts'
export type { PeopleErrorCode } from './people-error.ts'
