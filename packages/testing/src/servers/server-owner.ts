/** A server that refuses root, or need not be it, runs as somebody who owns nothing else. Absent: as who we are. */
export function serverOwner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const nobody = 65_534
  return { uid: nobody, gid: nobody }
}
