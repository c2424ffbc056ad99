/**
 * How far one machine's clock may run ahead of another's, in seconds. The one tolerance of this house: a time this far
 * in the future counts as now, one second more is refused.
 */
export const clockToleranceSeconds = 5

/**
 * How old, in seconds, the proof behind a one-shot token may be where the provider does not mark such tokens, and how
 * long a marked one lives.
 */
export const oneShotTokenSeconds = 60
