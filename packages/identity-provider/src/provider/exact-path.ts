import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * The library's router takes `/DEVICE` and `/device/` for `/device`, and what stands before it here goes by the path. So every
 * address has one spelling, and others are not found.
 */
export function exactPath(): (
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
) => Promise<void> {
  return async (ctx, next) => {
    if (isExact(ctx.path)) await next()
    else ctx.status = 404
  }
}

/** Of the segments after the first, some are ids, in which capitals count. */
function isExact(path: string): boolean {
  const [, first = ''] = path.split('/')
  return !/[A-Z]/.test(first) && !path.endsWith('/')
}
