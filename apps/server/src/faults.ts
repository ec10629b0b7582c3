/**
 * Named points at which tests kill the real process. Without `CARILLON_FAULT` (accepted only with `NODE_ENV=test`) a point costs
 * one comparison. `point[@nth]=action`: `kill` (SIGKILL to ourselves) or `throw`; `switch=on` is a sabotage.
 */
export type FaultPoint = (typeof POINTS)[number]
const POINTS = [
  'ingest.after_parse',
  'ingest.before_commit',
  'ingest.after_commit_before_ack',
  'route.mid_batch',
  'lease.after_claim',
  'send.after_bytes',
  'record.before_commit',
] as const

/** Rig switches: they break the promise on purpose, so that the tests can show that they would notice. */
export type Sabotage = (typeof SABOTAGES)[number]
const SABOTAGES = ['ack_before_commit', 'enqueue_after_commit'] as const

export interface Faults {
  at(point: FaultPoint): void
  sabotaged(how: Sabotage): boolean
}

export const NO_FAULTS: Faults = { at: () => {}, sabotaged: () => false }

export function parseFaults(text: string | null, kill: () => void): Faults {
  if (text === null || text === '') return NO_FAULTS
  const sabotage = new Set<string>()
  const points = new Map<string, { nth: number; action: string }>()
  for (const part of text.split(',')) {
    const match = /^([a-z_.]+)(?:@(\d+))?(?:=(kill|throw|on))$/.exec(part.trim())
    if (!match) throw new Error(`CARILLON_FAULT: "${part}" is not point[@nth]=kill|throw|on`)
    const [, name = '', nth = '1', action = ''] = match
    // A misspelt name would never fire, and the test that counts on it would prove nothing.
    const known: readonly string[] = action === 'on' ? SABOTAGES : POINTS
    if (!known.includes(name)) throw new Error(`CARILLON_FAULT: "${name}" is not one of ${known.join(', ')}`)
    if (action === 'on') sabotage.add(name)
    else points.set(name, { nth: Number(nth), action })
  }
  return {
    at(point) {
      const fault = points.get(point)
      if (fault === undefined || --fault.nth > 0) return
      points.delete(point)
      if (fault.action === 'kill') kill()
      throw new Error(`fault at ${point}`)
    },
    sabotaged: (how) => sabotage.has(how),
  }
}
