import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqliteConnection } from './sqlite-connection.ts'

describe('a SQLite connection', () => {
  let connection: SqliteConnection
  beforeEach(() => {
    connection = new SqliteConnection(':memory:', 20)
    connection.run('create table thing (id integer primary key, text text)')
  })
  afterEach(() => connection.close())

  const count = (): unknown => connection.first('select count(*) as n from thing', [])

  it('keeps all steps of a transaction or none', () => {
    connection.transaction(() => {
      connection.run('insert into thing (text) values (?)', ['one'])
      connection.run('insert into thing (text) values (?)', ['two'])
    })
    expect(() =>
      connection.transaction(() => {
        connection.run('delete from thing')
        throw new RangeError('changed my mind')
      }),
    ).toThrow(RangeError)
    expect(count()).toEqual({ n: 2 })
  })

  it('keeps nothing of a transaction for which the disk has no room, and works on', () => {
    connection.first('pragma max_page_count = 6', [])
    const fill = (): void =>
      connection.transaction(() => {
        for (let row = 0; row < 100; row++) {
          connection.run('insert into thing (text) values (?)', ['x'.repeat(2000)])
        }
      })
    expect(fill).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_full' }))
    expect(count()).toEqual({ n: 0 })
    connection.run('insert into thing (text) values (?)', ['small'])
    expect(count()).toEqual({ n: 1 })
  })

  it('does not take part of an array or an object for a value', () => {
    for (const value of [{}, [], new Date(0), Symbol('x'), () => 1]) {
      expect(() => connection.run('insert into thing (text) values (?)', [value])).toThrow(
        TypeError,
      )
    }
    expect(count()).toEqual({ n: 0 })
  })

  it('says that it is closed', () => {
    count()
    connection.close()
    connection.close()
    const closed = expect.objectContaining({ code: 'store_closed' }) as Error
    expect(count).toThrow(closed)
    expect(() => connection.run('delete from thing')).toThrow(closed)
    expect(() => connection.transaction(() => 1)).toThrow(closed)
  })
})
