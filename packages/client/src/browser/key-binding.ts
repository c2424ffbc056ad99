import type { KeyBinding } from '../key-binding.ts'
import type { ClientContext } from './client-context.ts'

export type { KeyBinding }

/** Tokens that are good only together with a key of this browser; made by `dpop()`. */
export type KeyBindingFactory = (context: ClientContext) => KeyBinding
