/**
 * Remembers which events were called off while deliveries were on their way into memory: between their claim or reservation and the list of a lane they are
 * nowhere to be found. A way begins before the statement that leases its deliveries, and ends when they are in a list or have gone back.
 */
export interface Recalls {
  /** A way begins. Returns its mark: how many recalls there were before it. */
  begin(): number
  end(way: number): void
  /** The deliveries of this event are called off. */
  add(eventId: string): void
  /** Some deliveries are called off, and which is not known. */
  addUnknown(): void
  /** Whether the event was called off since the way began. */
  has(eventId: string, way: number): boolean
  /** Whether any were called off since then that are not known. */
  hasUnknown(way: number): boolean
}

export function createRecalls(): Recalls {
  let count = 0
  let unknown = 0
  /** The number of the last recall of each event, in ascending order. */
  const recalled = new Map<string, number>()
  /** How many ways are open with each mark, in ascending order. */
  const open = new Map<number, number>()

  /** A recall is over when every way that was open at that time has ended: an event may be asked for again. */
  function forget(): void {
    const oldest = open.keys().next().value ?? count
    for (const [eventId, number] of recalled) {
      if (number > oldest) return
      recalled.delete(eventId)
    }
  }

  return {
    begin() {
      open.set(count, (open.get(count) ?? 0) + 1)
      return count
    },
    end(way) {
      const left = (open.get(way) ?? 0) - 1
      if (left > 0) open.set(way, left)
      else open.delete(way)
      forget()
    },
    add(eventId) {
      if (open.size === 0) return
      recalled.delete(eventId)
      recalled.set(eventId, ++count)
    },
    addUnknown() {
      unknown = ++count
    },
    has: (eventId, way) => (recalled.get(eventId) ?? 0) > way,
    hasUnknown: (way) => unknown > way,
  }
}
