/** One thing that was looked at. */
export interface Finding {
  name: string
  status: 'ok' | 'warning' | 'failing'
  detail: string
  /** What to do about it. */
  remedy?: string
}

export const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail })
export const warning = (name: string, detail: string, remedy: string): Finding => ({ name, status: 'warning', detail, remedy })
export const failing = (name: string, detail: string, remedy: string): Finding => ({ name, status: 'failing', detail, remedy })

/** Looks at something; what it throws is a finding too. */
export async function looking(name: string, remedy: string, look: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await look()].flat()
  } catch (error) {
    return [failing(name, error instanceof Error ? error.message : String(error), remedy)]
  }
}
