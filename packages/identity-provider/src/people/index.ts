export { createPeople } from './people.ts'
export type { NewPerson, People } from './people.ts'
export { PeopleError } from './people-error.ts'
export type { PeopleErrorCode } from './people-error.ts'
