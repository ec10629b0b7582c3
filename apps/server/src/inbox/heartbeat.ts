/** Ticks of one second between two heartbeats of one member. */
export const BEAT_TICKS = 25

export interface Heartbeat<T> {
  add: (member: T) => void
  remove: (member: T) => void
  tick: () => void
}

/**
 * Sends a heartbeat to every member once in 25 ticks, to a twenty-fifth of them per tick: thousands of streams share one timer and their
 * heartbeats are spread out.
 */
export function createHeartbeat<T>(beat: (member: T) => void): Heartbeat<T> {
  const slots = Array.from({ length: BEAT_TICKS }, () => new Set<T>())
  let now = 0
  let next = 0
  return {
    add(member) {
      slots[next]!.add(member)
      next = (next + 1) % BEAT_TICKS
    },
    remove(member) {
      for (const slot of slots) if (slot.delete(member)) return
    },
    tick() {
      for (const member of [...slots[now]!]) beat(member)
      now = (now + 1) % BEAT_TICKS
    },
  }
}
