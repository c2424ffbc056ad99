/** Largest document, in bytes of UTF-8: 1 MiB. */
export const maxDocumentBytes = 1_048_576

/** Most keys, items and scalars in a document, aliases counted as often as they are used. */
export const maxDocumentValues = 100_000

/** Most uses of aliases (`*name`), those inside what an alias repeats counted again. */
export const maxAliases = 100

/** Deepest nesting. The documented keys need six. */
export const maxDepth = 32

/** Syntax errors reported; those after them are mostly echoes of the first. */
export const maxSyntaxProblems = 20
