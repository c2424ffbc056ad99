import type { Spoken } from './locale.ts'

/** What every page needs, whatever it says: in the person's `locale`, or absent in English. */
export interface PageFrame extends Spoken {
  /** The provider's name, as people know it; stands beside the mark. */
  readonly providerName: string
  /** Path of the issuer without a closing slash, before the addresses of the assets. Absent: the origin's root. */
  readonly basePath?: string
  /** Absent: the pages keep their own look. */
  readonly brand?: PageBrand
}

/** What the pages show of whoever runs the provider. */
export interface PageBrand {
  /** Address below `basePath` of the logo beside the name. Absent: the mark of the pages. */
  readonly logo?: string
  /** Address below `basePath` of the sheet with the colours. Absent: the pages' own. */
  readonly stylesheet?: string
  /** Links of the foot; without any there is no foot. */
  readonly supportUrl?: string
  readonly privacyUrl?: string
  readonly termsUrl?: string
}

/** A page that asks for something on behalf of a relying party. */
export interface InteractionFrame extends PageFrame {
  /** The relying party's name, as people know it. */
  readonly clientName: string
  /** Address to which the page's own form is posted. */
  readonly action: string
  /** Posted as `csrf_token` by every form of the page. */
  readonly csrfToken: string
  /** Address to which "Cancel" is posted: back to the relying party with the standard error. */
  readonly cancelAction: string
}
