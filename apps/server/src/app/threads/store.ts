import type { Event } from '../../domain/event.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Ref, ShelfNews } from './messages.ts'

type Freeze = <Value extends object>(value: Value) => Value

/** The thread's side of the shelf: the same frozen object for the same number, so that providers may cache by it. */
export function createStore(freeze: Freeze) {
  const kept = new Map<Ref, object>()

  /** What the hub packed under this number is of this kind: the one place that has to believe it. */
  function find<Value>(ref: Ref): Value {
    const value = kept.get(ref)
    if (value === undefined) throw new Error(`the thread has no object ${ref}`)
    return value as Value
  }

  return {
    event: (ref: Ref) => find<Omit<Event, 'sensitive'>>(ref),
    eventType: (ref: Ref) => find<EventType>(ref),
    fields: (ref: Ref) => find<JsonObject>(ref),

    /** Before the attempts of a message. */
    take({ emptied, fresh }: Pick<ShelfNews, 'emptied' | 'fresh'>): void {
      if (emptied) kept.clear()
      for (const [ref, value] of fresh) kept.set(ref, freeze(value))
    },
    /** After them. */
    drop({ gone }: Pick<ShelfNews, 'gone'>): void {
      for (const ref of gone) kept.delete(ref)
    },
  }
}
