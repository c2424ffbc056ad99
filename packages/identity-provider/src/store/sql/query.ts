import type { Compilable } from 'kysely'
import type { SqlConnection } from './sql-connection.ts'

/** SQLite knows no offset without a limit. */
export const allRows = 1_000_000_000

/** Stands in a query for a value that is given when it runs. */
export type Parameter<Args> = <Name extends keyof Args>(name: Name) => Args[Name]

/** A query that was built and compiled once: building costs more than running. */
export class Query<Args, Result> {
  readonly #connection: SqlConnection
  readonly #sql: string
  readonly #slots: readonly unknown[]

  constructor(
    connection: SqlConnection,
    build: (parameter: Parameter<Args>) => Compilable<Result>,
  ) {
    // Kysely passes an object of a class through to the parameters as it is; `#values` puts the value in its place.
    const { sql, parameters } = build(slotNamed).compile()
    this.#connection = connection
    this.#sql = sql
    this.#slots = parameters
  }

  /** For reading only. */
  async first(args: Args): Promise<Result | undefined> {
    return (await this.#connection.first(this.#sql, this.#values(args))) as Result | undefined
  }

  async all(args: Args): Promise<Result[]> {
    return (await this.#connection.all(this.#sql, this.#values(args))) as Result[]
  }

  /** Tells how many rows changed. */
  async run(args: Args): Promise<number> {
    return this.#connection.run(this.#sql, this.#values(args))
  }

  #values(args: Args): unknown[] {
    return this.#slots.map((slot) => (slot instanceof Slot ? args[slot.name as keyof Args] : slot))
  }
}

function slotNamed(name: PropertyKey): never {
  return new Slot(name) as never
}

class Slot {
  readonly name: PropertyKey

  constructor(name: PropertyKey) {
    this.name = name
  }
}
