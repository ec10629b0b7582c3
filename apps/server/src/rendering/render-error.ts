/**
 * Why rendering failed:
 * - `limit`: time or memory limit exceeded; the machine may only have been busy, so a retry is useful
 * - `template`: the template is wrong until somebody edits it
 */
export class RenderError extends Error {
  readonly kind: 'limit' | 'template'

  constructor(kind: 'limit' | 'template', message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'RenderError'
    this.kind = kind
  }
}

/** LiquidJS reports its limits only in the message text; every other error is the template's fault. */
export function asRenderError(error: unknown): RenderError {
  if (error instanceof RenderError) return error
  const message = error instanceof Error ? error.message : String(error)
  const limit = /(render|alloc) limit exceeded/.test(message)
  return new RenderError(limit ? 'limit' : 'template', message, error)
}
