import type { Event } from '../../domain/event.ts'

/** Events never change, so those that were just planned or sent are read from memory. */
export interface KeptEvents {
  find(id: string): Event | undefined
  keep(event: Event): void
}

/** Keeps the last `most` events with at most `mostChars` characters of JSON together: what is large is bounded like what is numerous. */
export function createKeptEvents(most = 2000, mostChars = 8 * 1024 * 1024): KeptEvents {
  const kept = new Map<string, { event: Event; chars: number }>()
  let chars = 0

  function drop(id: string): void {
    chars -= kept.get(id)?.chars ?? 0
    kept.delete(id)
  }

  return {
    find: (id) => kept.get(id)?.event,
    keep(event) {
      if (kept.has(event.id)) return
      const one = { event, chars: charsOf(event) }
      kept.set(event.id, one)
      chars += one.chars
      for (const oldest of kept.keys()) {
        if (kept.size <= most && chars <= mostChars) break
        drop(oldest)
      }
    },
  }
}

/** Those fields that a report can make large. */
const charsOf = ({ data, to, sensitive, url }: Event): number => JSON.stringify([data, to]).length + (sensitive?.length ?? 0) + (url?.length ?? 0)
