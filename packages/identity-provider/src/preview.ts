/** Every page in every state, and what serves their style: for whoever looks at them all at once. Development only. */
export { locales } from './interaction/pages/locale.ts'
export { previews, previewsIn } from './interaction/pages/preview-states.ts'
export { assets } from './interaction/assets/index.ts'
