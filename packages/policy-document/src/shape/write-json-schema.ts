import { writeFileSync } from 'node:fs'
import { policyDocumentJsonSchemaText } from './json-schema.ts'

/** Run after a change of shape: `node --conditions=newel-source src/shape/write-json-schema.ts`. */
writeFileSync(new URL('../../newel.schema.json', import.meta.url), policyDocumentJsonSchemaText())
