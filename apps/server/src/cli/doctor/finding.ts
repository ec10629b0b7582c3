import { StartError } from '../../domain/start-error.ts'

/** The result of one check. */
export interface Finding {
  name: string
  status: 'ok' | 'warning' | 'failing'
  detail: string
  /** How to fix it; absent where the detail says it. */
  remedy?: string
}

export const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail })
export const warning = (name: string, detail: string, remedy: string): Finding => ({ name, status: 'warning', detail, remedy })
export const failing = (name: string, detail: string, remedy: string): Finding => ({ name, status: 'failing', detail, remedy })

/** Runs one check; an exception becomes a failing finding. The sentence of a `StartError` has its remedy. */
export async function looking(name: string, remedy: string, look: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await look()].flat()
  } catch (error) {
    if (error instanceof StartError) return [{ name, status: 'failing', detail: error.message }]
    return [failing(name, error instanceof Error ? error.message : String(error), remedy)]
  }
}
