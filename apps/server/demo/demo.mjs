// Plain JavaScript, so that with a warm cache Node never loads its type stripper.
import { keepCompiled } from '../bin/compile-cache.mjs'

keepCompiled(new URL('../.cache/compile', import.meta.url))
await import('./main.ts')
