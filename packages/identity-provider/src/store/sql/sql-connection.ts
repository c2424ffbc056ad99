/** What the store parts ask of a database. Failures of the database are thrown as `StoreError`. */
export interface SqlConnection {
  /** Reads one row. For reading only. */
  first(sql: string, parameters: readonly unknown[]): Promise<Row | undefined>
  all(sql: string, parameters: readonly unknown[]): Promise<Row[]>
  /** Tells how many rows changed. */
  run(sql: string, parameters?: readonly unknown[]): Promise<number>
  /**
   * All of `steps` or none. Of two transactions with the same `lock`, one waits for the other from its first statement on,
   * so that what is read is still true when it is written. Statements of `steps` take part by being run within it.
   */
  transaction<Result>(lock: string, steps: () => Promise<Result>): Promise<Result>
}

export type Row = Record<string, unknown>
