import type { Event } from '../../domain/event.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Ref, SHELVES, ShelfName, ToThread } from './messages.ts'

type Freeze = <Value extends object>(value: Value) => Value

/** The thread's side of the shelves: the same frozen object for the same number, so that providers may cache by it. */
export function createStore(freeze: Freeze) {
  const kept: Record<ShelfName, Map<Ref, object>> = { events: new Map(), eventTypes: new Map(), settings: new Map(), destinations: new Map() }

  /** What the hub packed under this number is of this kind: the one place that has to believe it. */
  function find<Value>(name: keyof typeof SHELVES, ref: Ref): Value {
    const value = kept[name].get(ref)
    if (value === undefined) throw new Error(`the thread has no object ${ref} of ${name}`)
    return value as Value
  }

  return {
    event: (ref: Ref) => find<Omit<Event, 'sensitive'>>('events', ref),
    eventType: (ref: Ref) => find<EventType>('eventTypes', ref),
    settings: (ref: Ref) => find<JsonObject>('settings', ref),
    destination: (ref: Ref) => find<JsonObject>('destinations', ref),

    /** Before the attempts of a message. */
    take(news: ToThread['news']): void {
      for (const [name, { emptied, fresh }] of changes(news)) {
        if (emptied) kept[name].clear()
        for (const [ref, value] of fresh) kept[name].set(ref, freeze(value))
      }
    },
    /** After them. */
    drop(news: ToThread['news']): void {
      for (const [name, { gone }] of changes(news)) for (const ref of gone) kept[name].delete(ref)
    },
  }
}

const NAMES = ['events', 'eventTypes', 'settings', 'destinations'] as const
const changes = (news: ToThread['news']) => NAMES.flatMap((name) => (news[name] === undefined ? [] : [[name, news[name]] as const]))
