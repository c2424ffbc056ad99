import type { KoaContextWithOIDC } from 'oidc-provider'
import { type PageFrame, localeOf } from '../interaction/pages/index.ts'

/** The frame in the language that the request or its browser asks for. An error may come before anything was read. */
export function spoken(ctx: KoaContextWithOIDC, frame: PageFrame): PageFrame {
  const { params } = (ctx.oidc ?? {}) as Partial<KoaContextWithOIDC['oidc']>
  const locale = localeOf(params?.['ui_locales'], ctx.get('accept-language'), frame.locale)
  ctx.set('Content-Language', locale)
  ctx.vary('Accept-Language')
  return { ...frame, locale }
}
