/**
 * Why a text could not be made:
 * - `limit`: it ran out of time or memory; the machine may only have been busy, so trying again is right
 * - `template`: the template is wrong and stays wrong until somebody edits it
 */
export class RenderError extends Error {
  readonly kind: 'limit' | 'template'

  constructor(kind: 'limit' | 'template', message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'RenderError'
    this.kind = kind
  }
}

/** LiquidJS tells its limits only in the sentence; everything else that goes wrong is the template's fault. */
export function asRenderError(error: unknown): RenderError {
  if (error instanceof RenderError) return error
  const message = error instanceof Error ? error.message : String(error)
  const limit = /(render|alloc) limit exceeded/.test(message)
  return new RenderError(limit ? 'limit' : 'template', message, error)
}
