import type { GeneratedAlways, Kysely } from 'kysely'

/** The tables as the newest migration leaves them. Times are epoch seconds, `json` in a name says that it is JSON text. */
export interface Schema {
  meta: { name: string; value: Uint8Array }
  artifact: {
    /** SQLite's own key of the row. */
    rowid: GeneratedAlways<number>
    model: string
    /** Digests: none of these says what it is of. */
    id: string
    /** Sealed. */
    payload: Uint8Array
    grant_id: string | null
    uid: string | null
    user_code: string | null
    consumed_at: number | null
    expires_at: number | null
  }
  account: {
    id: string
    username: string
    username_key: string
    name: string | null
    email: string | null
    disabled: number
    created_at: number
    attributes_json: string | null
    valid_from: number | null
    generation: number
  }
  credential: {
    rowid: GeneratedAlways<number>
    id: string
    account_id: string
    method: string
    label: string
    created_at: number
    last_used_at: number | null
    data_json: string
    secret: Uint8Array | null
    webauthn_id: string | null
    counter: number | null
    totp_step: number | null
    /** Bit per place of a used recovery code. */
    used_codes: number | null
    /** What names it outside of this store, where one account alone may hold that. */
    external_id: string | null
  }
  session: {
    uid: string
    account_id: string
    appended_at: number
    first_seen_at: number | null
    last_seen_at: number | null
    address: string | null
    device: string | null
  }
  logout_notice: {
    id: string
    client_id: string
    account_id: string
    sid: string | null
    due_at: number
    expires_at: number
  }
  security_event: {
    rowid: GeneratedAlways<number>
    account_id: string
    at: number
    type: string
    method: string | null
    client_id: string | null
    address: string | null
    device: string | null
  }
  session_event: {
    rowid: GeneratedAlways<number>
    session_uid: string
    method: string
    at: number
    /** Empty: none. */
    request: string
    properties_json: string | null
  }
  interaction: {
    id: string
    version: number
    /** Sealed. */
    state: Uint8Array
    expires_at: number
  }
  attempt: {
    key: string
    points: number
    blocked: number
    /** Of the window, or of the block. */
    expires_at: number
  }
  recovery: {
    account_id: string
    id: string
    credential_ids_json: string
    requested_at: number
    ready_at: number
    announced: number
    expires_at: number
  }
  signing_key: {
    kid: string
    state: string
    alg: string
    public_jwk_json: string
    sealed_private_jwk: Uint8Array
    created_at: number
    activated_at: number | null
    retired_at: number | null
  }
}

export type Tables = Kysely<Schema>
