import type { Event } from '../domain/event.ts'
import type { OutboxPort } from '../pipeline/sending.ts'

/** Remembers which loaded events have sensitive data, so that only for them the end of a delivery asks whether their secrets can go. */
export function createSensitiveEvents() {
  const ids = new Set<string>()
  function note({ id, sensitive }: Event): void {
    if (sensitive !== null) ids.add(id)
  }
  return {
    has: (id: string): boolean => ids.has(id),
    note,
    noting:
      (load: OutboxPort['load']): OutboxPort['load'] =>
      async (claimed) => {
        const loaded = await load(claimed)
        for (const { event } of loaded) note(event)
        return loaded
      },
  }
}
