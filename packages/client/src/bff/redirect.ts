/** Lead the browser on, by GET whatever came. RFC 9110 §15.4.4. */
export function redirect(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
