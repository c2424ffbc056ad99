/** When to ask again, in seconds: RFC 9110 §10.2.3. A storm is over by then, or is answered the same. */
export const retryAfterSeconds = 2
