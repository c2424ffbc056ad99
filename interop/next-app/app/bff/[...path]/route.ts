import { bffHandlers } from '@newel/client/bff/next'
import { bff } from '../../../backend.ts'

export const { GET, POST } = bffHandlers(bff)
