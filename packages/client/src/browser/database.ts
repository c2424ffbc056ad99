/** What a page of this origin keeps across loads and shares with its other tabs: keys that never leave, sealed calls. */
export interface Database {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
  /** What is kept under the key; this value, if nothing was. In one step, whoever else asks. */
  getOrSet(key: string, value: unknown): Promise<unknown>
  /** What was kept under the key, which nobody finds any more. In one step. */
  take(key: string): Promise<unknown>
  keys(): Promise<readonly string[]>
}

const storeName = 'kept'

/** The browser's own. It takes keys that cannot be extracted, which no other storage does. */
export function indexedDatabase(name = 'newel'): Database {
  let opening: Promise<IDBDatabase> | undefined
  /** Closed by the browser, in the way of a page that deletes it, or never open: the next call opens it anew. */
  const forget = () => {
    opening = undefined
  }
  const open = (): Promise<IDBDatabase> => {
    opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1)
      request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName))
      request.addEventListener('success', () => {
        const database = request.result
        database.addEventListener('close', forget)
        database.addEventListener('versionchange', () => {
          database.close()
          forget()
        })
        resolve(database)
      })
      request.addEventListener('error', () =>
        reject(request.error ?? new Error('the database does not open')),
      )
    }).catch((error: unknown) => {
      forget()
      throw error
    })
    return opening
  }
  /** One transaction. Its result counts once all of it is done. */
  const run = async <Result>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore, give: (result: Result) => void) => void,
    otherwise: Result,
  ): Promise<Result> => {
    const transaction = (await open()).transaction(storeName, mode)
    let result = otherwise
    work(transaction.objectStore(storeName), (given) => {
      result = given
    })
    return new Promise((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve(result))
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('nothing was kept')),
      )
    })
  }
  return {
    get: (key) => run<unknown>('readonly', (store, give) => read(store, key, give), undefined),
    set: (key, value) => run<void>('readwrite', (store) => store.put(value, key), undefined),
    getOrSet: (key, value) =>
      run<unknown>(
        'readwrite',
        (store, give) =>
          read(store, key, (found) => {
            give(found ?? value)
            if (found === undefined) store.put(value, key)
          }),
        value,
      ),
    take: (key) =>
      run<unknown>(
        'readwrite',
        (store, give) =>
          read(store, key, (found) => {
            give(found)
            store.delete(key)
          }),
        undefined,
      ),
    keys: () =>
      run<readonly string[]>(
        'readonly',
        (store, give) => {
          const request = store.getAllKeys()
          request.addEventListener('success', () => give(request.result.map(String)))
        },
        [],
      ),
  }
}

function read(store: IDBObjectStore, key: string, found: (value: unknown) => void): void {
  const request: IDBRequest<unknown> = store.get(key)
  request.addEventListener('success', () => found(request.result))
}
