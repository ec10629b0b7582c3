import type { Connection } from './connection.ts'

/** A subscription that matches nothing: its event type is not registered. */
export interface UnknownSubscription {
  /** JSON pointer into the connection. */
  pointer: string
  message: string
  code: 'unknown_event_type'
}

type Subscribed = Pick<Connection, 'events'>

/** Subscriptions to event types that are not registered: most are misspelt, or come before their event type. */
export const unknownSubscriptions = ({ events }: Subscribed, isKnown: (key: string) => boolean): UnknownSubscription[] =>
  events.flatMap(({ type }, i) =>
    isRegistered(type, isKnown)
      ? []
      : [{ pointer: `/events/${i}/type`, message: 'is not a registered event type, so nothing will be heard of it', code: 'unknown_event_type' }],
  )

/** The keys of those event types, each once. */
export const unknownTypesIn = ({ events }: Subscribed, isKnown: (key: string) => boolean): string[] => [
  ...new Set(events.flatMap(({ type }) => (isRegistered(type, isKnown) ? [] : [type]))),
]

const isRegistered = (type: string, isKnown: (key: string) => boolean): boolean => type === '*' || isKnown(type)
