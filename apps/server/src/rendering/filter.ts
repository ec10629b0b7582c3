import type { Context } from 'liquidjs'

/** LiquidJS does not export its handler type; this is the part that we use. */
export type FilterHandler = (this: { context: Context }, value: unknown, ...options: unknown[]) => unknown
