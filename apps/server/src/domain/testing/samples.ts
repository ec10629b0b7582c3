import { withDefaults } from '@carillon/pack'
import type { Connection } from '../connection.ts'
import type { Event } from '../event.ts'
import type { EventType } from '../event-type.ts'
import type { Message } from '../message.ts'

/** Noon on a Tuesday: where virtual clocks start. */
export const NOON = Date.UTC(2026, 2, 3, 12)

/** Plain samples of everything; a test names only the fields that matter to it. */
export const anEventType = (more: Partial<EventType> = {}): EventType =>
  withDefaults({ key: 'build.failed', name: 'A build failed', category: 'builds', ...more })

export const anEvent = (more: Partial<Event> = {}): Event => ({
  id: 'evt_1',
  type: 'build.failed',
  to: [{ kind: 'user', id: 'ada' }],
  data: {},
  sensitive: null,
  actor: null,
  channels: null,
  dedupKey: null,
  tags: [],
  severity: 'info',
  priority: 'medium',
  url: null,
  sendAt: null,
  expiresAt: null,
  acceptedAt: NOON,
  hops: 0,
  place: null,
  reporter: null,
  ...more,
})

export const aConnection = (more: Partial<Connection> = {}): Connection => ({
  id: 'con_mail',
  name: 'Office mail',
  provider: 'smtp',
  channel: 'email',
  settings: {},
  destination: null,
  personal: true,
  events: [],
  tags: [],
  minSeverity: null,
  priority: 0,
  enabled: true,
  limits: null,
  updatedAt: NOON,
  ...more,
})

export const aMessage = (more: Partial<Message> = {}): Message => ({
  title: 'Build failed',
  body: 'main is red',
  text: 'main is red',
  severity: 'info',
  priority: 'medium',
  actions: [],
  fields: [],
  locale: 'en',
  instance: 'Bells',
  event: { id: 'evt_1', type: 'build.failed', category: 'builds', data: {}, tags: [], createdAt: NOON },
  ...more,
})
