import type { SealedPlace } from '../../secrets/sealer.ts'
import {
  artifactPlace,
  credentialPlace,
  interactionPlace,
  metaPlace,
  signingKeyPlace,
} from '../../secrets/sealed-places.ts'
import type { SealedKind, SealedStore, SealedValue } from '../sealed-store.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Tables } from './schema.ts'

interface Page {
  after: string
  limit: number
}

interface Replacement {
  key: string
  before: Uint8Array
  after: Uint8Array
}

/** How one kind is read in pages, in the order of a unique `key` that is text, and replaced. */
interface Kind {
  page(page: Page): Promise<readonly { key: string; place: SealedPlace; sealed: Uint8Array }[]>
  replace(replacement: Replacement): Promise<number>
}

export function sqlSealedStore(connection: SqlConnection, db: Tables): SealedStore {
  const kinds: Readonly<Record<SealedKind, Kind>> = {
    artifact: artifacts(connection, db),
    interaction: interactions(connection, db),
    credential: credentials(connection, db),
    'signing-key': signingKeys(connection, db),
    database: meta(connection, db),
  }
  return {
    async list(kind, { limit, after = '' }) {
      const rows = await kinds[kind].page({ after, limit })
      const values = rows.map((row): SealedValue => ({ kind, ...row }))
      const last = rows.length < limit ? undefined : rows.at(-1)?.key
      return last === undefined ? { values } : { values, next: last }
    },
    async replace(values) {
      return connection.transaction('reseal', async () => {
        let replaced = 0
        for (const [{ kind, key, sealed }, after] of values) {
          replaced += await kinds[kind].replace({ key, before: sealed, after })
        }
        return replaced
      })
    },
  }
}

function artifacts(connection: SqlConnection, db: Tables): Kind {
  // By the digest, which is unique under its model and never equal under two.
  const page = new Query<Page, { model: string; id: string; payload: Uint8Array }>(
    connection,
    (p) =>
      db
        .selectFrom('artifact')
        .select(['model', 'id', 'payload'])
        .where('id', '>', p('after'))
        .orderBy('id')
        .limit(p('limit')),
  )
  const replace = new Query<Replacement, unknown>(connection, (p) =>
    db
      .updateTable('artifact')
      .set({ payload: p('after') })
      .where('id', '=', p('key'))
      .where('payload', '=', p('before')),
  )
  return {
    async page(asked) {
      return (await page.all(asked)).map(({ model, id, payload }) => ({
        key: id,
        place: artifactPlace(model, id),
        sealed: payload,
      }))
    },
    replace: async (replacement) => replace.run(replacement),
  }
}

function interactions(connection: SqlConnection, db: Tables): Kind {
  const page = new Query<Page, { id: string; state: Uint8Array }>(connection, (p) =>
    db
      .selectFrom('interaction')
      .select(['id', 'state'])
      .where('id', '>', p('after'))
      .orderBy('id')
      .limit(p('limit')),
  )
  const replace = new Query<Replacement, unknown>(connection, (p) =>
    db
      .updateTable('interaction')
      .set({ state: p('after') })
      .where('id', '=', p('key'))
      .where('state', '=', p('before')),
  )
  return {
    async page(asked) {
      return (await page.all(asked)).map(({ id, state }) => ({
        key: id,
        place: interactionPlace(id),
        sealed: state,
      }))
    },
    replace: async (replacement) => replace.run(replacement),
  }
}

function credentials(connection: SqlConnection, db: Tables): Kind {
  const page = new Query<Page, { id: string; account_id: string; secret: Uint8Array | null }>(
    connection,
    (p) =>
      db
        .selectFrom('credential')
        .select(['id', 'account_id', 'secret'])
        .where('id', '>', p('after'))
        .where('secret', 'is not', null)
        .orderBy('id')
        .limit(p('limit')),
  )
  const replace = new Query<Replacement, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ secret: p('after') })
      .where('id', '=', p('key'))
      .where('secret', '=', p('before')),
  )
  return {
    async page(asked) {
      return (await page.all(asked)).map(({ id, account_id: accountId, secret }) => ({
        key: id,
        place: credentialPlace({ id, accountId }),
        // The query leaves out those without.
        sealed: secret ?? new Uint8Array(),
      }))
    },
    replace: async (replacement) => replace.run(replacement),
  }
}

function signingKeys(connection: SqlConnection, db: Tables): Kind {
  const page = new Query<Page, { kid: string; sealed_private_jwk: Uint8Array }>(connection, (p) =>
    db
      .selectFrom('signing_key')
      .select(['kid', 'sealed_private_jwk'])
      .where('kid', '>', p('after'))
      .orderBy('kid')
      .limit(p('limit')),
  )
  const replace = new Query<Replacement, unknown>(connection, (p) =>
    db
      .updateTable('signing_key')
      .set({ sealed_private_jwk: p('after') })
      .where('kid', '=', p('key'))
      .where('sealed_private_jwk', '=', p('before')),
  )
  return {
    async page(asked) {
      return (await page.all(asked)).map(({ kid, sealed_private_jwk: sealed }) => ({
        key: kid,
        place: signingKeyPlace(kid),
        sealed,
      }))
    },
    replace: async (replacement) => replace.run(replacement),
  }
}

function meta(connection: SqlConnection, db: Tables): Kind {
  const page = new Query<Page, { name: string; value: Uint8Array }>(connection, (p) =>
    db
      .selectFrom('meta')
      .select(['name', 'value'])
      .where('name', '>', p('after'))
      .orderBy('name')
      .limit(p('limit')),
  )
  const replace = new Query<Replacement, unknown>(connection, (p) =>
    db
      .updateTable('meta')
      .set({ value: p('after') })
      .where('name', '=', p('key'))
      .where('value', '=', p('before')),
  )
  return {
    async page(asked) {
      return (await page.all(asked)).map(({ name, value }) => ({
        key: name,
        place: metaPlace(name),
        sealed: value,
      }))
    },
    replace: async (replacement) => replace.run(replacement),
  }
}
