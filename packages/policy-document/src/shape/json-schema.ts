import { z } from 'zod'
import { documentShape } from './document-shape.ts'

/** The published JSON Schema, which editors complete and check documents with. Draft 7: what YAML editors read. */
export function policyDocumentJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(documentShape, { target: 'draft-07', io: 'input' })
  return { $schema, $comment: 'Generated from the shapes in src/shape; do not edit.', ...schema }
}

/** The file as it is committed. */
export function policyDocumentJsonSchemaText(): string {
  return `${JSON.stringify(policyDocumentJsonSchema(), undefined, 2)}\n`
}
