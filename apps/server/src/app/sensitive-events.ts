import type { OutboxPort } from '../pipeline/sending.ts'

/** Remembers which loaded events have sensitive data, so that only for them the end of a delivery asks whether their secrets can go. */
export function createSensitiveEvents() {
  const ids = new Set<string>()
  return {
    has: (id: string): boolean => ids.has(id),
    noting:
      (load: OutboxPort['load']): OutboxPort['load'] =>
      async (claimed) => {
        const loaded = await load(claimed)
        for (const { event } of loaded) if (event.sensitive !== null) ids.add(event.id)
        return loaded
      },
  }
}
