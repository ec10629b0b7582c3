/** Groups of routes, in the order of the reference page, each with a sentence. */
export const TAGS = {
  events: 'Report what happened, and read what was decided for whom, with the reasons.',
  'event types': 'The catalogue: what can happen, how it looks in each channel, who gets it unless they say otherwise.',
  users: 'The people who are notified, and tokens for their browsers.',
  topics: 'Lists of people and bare addresses that an event can name as a recipient.',
  channels: 'The ways to a person: which exist, which are switched on.',
  providers: 'Vendors and the forms of their settings.',
  connections: 'Accounts and servers through which messages leave: set up, test, watch.',
  deliveries: 'Each message on its way: state, attempts, retries.',
  preferences: 'What one person wants to be told, and where. With the token of the person, or with a key and `Carillon-User`.',
  destinations: 'Addresses and devices of one person. With the token of the person, or with a key and `Carillon-User`.',
  inbox: 'The inbox of one person, and its live changes. With the token of the person, or with a key and `Carillon-User`.',
  operations: 'Keys, audit log, health and metrics of the hub.',
} as const
export type Tag = keyof typeof TAGS

/** What a schema cannot say about a route. */
export interface RouteWords {
  tag: Tag
  /** The name of the method in generated clients: verb and noun, stable. */
  id: string
  /** One line: what a call does. */
  summary: string
  about?: string
  /** A body that works, for the example on the reference page. */
  example?: object
}

const group = <T extends Record<string, Omit<RouteWords, 'tag'>>>(tag: Tag, routes: T): Record<string, RouteWords> =>
  Object.fromEntries(Object.entries(routes).map(([route, words]) => [route, { tag, ...words }]))

/** As a browser's `PushSubscription.toJSON()` answers it; the keys are those of RFC 8291, 5. */
const subscription = {
  endpoint: 'https://push.example.com/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV',
  keys: { p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4', auth: 'BTBZMqHH6r4Tts7J_aSIgg' },
  name: 'Firefox on the laptop',
}
const connection = { provider: 'webhook', name: 'Deploy hook', destination: { url: 'https://hooks.example.com/deploy' }, events: [{ type: 'build.failed' }] }

/** By method and path, as the routes are registered. A test fails for a route without an entry, and for an entry without a route. */
export const ROUTE_WORDS: Readonly<Record<string, RouteWords>> = {
  ...group('events', {
    'POST /v1/events': {
      id: 'reportEvent',
      summary: 'Report an event',
      about:
        'Its event type and the topics that it names are registered before. 202 means that it is on disk. Who is notified is decided afterwards; `GET /v1/events/:id/trace` shows it.',
      example: { type: 'build.failed', to: ['ada', { topic: 'team-a' }], data: { branch: 'main' } },
    },
    'POST /v1/events/batch': {
      id: 'reportEvents',
      summary: 'Report up to 1,000 events, each accepted or refused by itself',
      example: { events: [{ type: 'build.failed', to: ['ada'], data: { branch: 'main' } }] },
    },
    'POST /v1/notifications': {
      id: 'sendNotification',
      summary: 'Send a message without an event type of your own',
      example: { to: ['ada'], title: 'Hello', body: 'The first **bell**.' },
    },
    'POST /v1/explain': {
      id: 'explainEvent',
      summary: 'Show the decisions for an event that is not sent',
      example: { type: 'build.failed', to: ['ada'], data: { branch: 'main' } },
    },
    'GET /v1/events': { id: 'listEvents', summary: 'List events, newest first' },
    'GET /v1/events/:id': { id: 'getEvent', summary: 'Read an event with its notifications and deliveries' },
    'GET /v1/events/:id/trace': {
      id: 'traceEvent',
      summary: 'List every decision of an event with its reason',
      about:
        'Filters can be combined. With `channel`, decisions that concern all channels of a recipient are listed too. `fold=true` makes one item of the channels of a recipient that were skipped for the same reason; `channels` names them. `limit` counts recipients.',
    },
    'DELETE /v1/events/:id': { id: 'cancelEvent', summary: 'Cancel what an event has not sent yet' },
  }),
  ...group('event types', {
    'GET /v1/event-types': { id: 'listEventTypes', summary: 'List event types by key' },
    'GET /v1/event-types/:key': { id: 'getEventType', summary: 'Read an event type' },
    'PUT /v1/event-types/:key': {
      id: 'putEventType',
      summary: 'Register or replace an event type',
      example: { name: 'Build failed', category: 'ci', severity: 'error', templates: { default: { title: '{{ data.branch }} failed' } } },
    },
    'DELETE /v1/event-types/:key': { id: 'deleteEventType', summary: 'Delete an event type' },
  }),
  ...group('users', {
    'GET /v1/users': { id: 'listUsers', summary: 'List users by id' },
    'GET /v1/users/:id': { id: 'getUser', summary: 'Read a user' },
    'PUT /v1/users/:id': {
      id: 'putUser',
      summary: 'Create or change a user; absent fields are kept, null clears',
      example: { email: 'ada@example.com', name: 'Ada', locale: 'en', timezone: 'Europe/London' },
    },
    'POST /v1/users/batch': {
      id: 'putUsers',
      summary: 'Create or change up to 1,000 users in one transaction',
      example: { users: [{ id: 'ada', email: 'ada@example.com' }] },
    },
    'DELETE /v1/users/:id': { id: 'deleteUser', summary: 'Delete a user with everything that is theirs' },
    'POST /v1/users/:id/tokens': { id: 'createUserToken', summary: 'Issue a short-lived token for the browser of a user', example: { expiresIn: 600 } },
  }),
  ...group('topics', {
    'GET /v1/topics': { id: 'listTopics', summary: 'List topics by key' },
    'GET /v1/topics/:key': { id: 'getTopic', summary: 'Read a topic' },
    'PUT /v1/topics/:key': { id: 'putTopic', summary: 'Create or change a topic', example: { name: 'Team A' } },
    'DELETE /v1/topics/:key': { id: 'deleteTopic', summary: 'Delete a topic with its subscriptions' },
    'GET /v1/topics/:key/subscribers': { id: 'listSubscribers', summary: 'List the subscribers of a topic' },
    'POST /v1/topics/:key/subscribers': {
      id: 'changeSubscribers',
      summary: 'Add and remove subscribers of a topic',
      example: { add: ['ada', { email: 'office@example.com' }], remove: ['bob'] },
    },
  }),
  ...group('channels', {
    'GET /v1/channels': { id: 'listChannels', summary: 'List channels, whether they are on and whether a connection serves them' },
    'PUT /v1/channels/:channel': { id: 'putChannel', summary: 'Switch a channel on or off for everybody', example: { enabled: true } },
  }),
  ...group('providers', {
    'GET /v1/providers': { id: 'listProviders', summary: 'List providers with the schemas of their forms' },
    'POST /v1/providers/:id/options/:name': {
      id: 'listProviderOptions',
      summary: 'Ask the vendor for the choices of a field in the form of a connection',
      example: { settings: {}, destination: {} },
    },
  }),
  ...group('connections', {
    'GET /v1/connections': { id: 'listConnections', summary: 'List connections with their health' },
    'POST /v1/connections': { id: 'createConnection', summary: 'Create a connection', example: connection },
    'GET /v1/connections/:id': { id: 'getConnection', summary: 'Read a connection; secrets are masked' },
    'PUT /v1/connections/:id': { id: 'replaceConnection', summary: 'Replace a connection; masked secrets are kept', example: connection },
    'PATCH /v1/connections/:id': { id: 'changeConnection', summary: 'Change some fields of a connection', example: { enabled: false } },
    'DELETE /v1/connections/:id': { id: 'deleteConnection', summary: 'Delete a connection' },
    'POST /v1/connections/test': { id: 'testUnsavedConnection', summary: 'Send samples through a connection that is not saved', example: connection },
    'POST /v1/connections/:id/test': { id: 'testConnection', summary: 'Send samples through a connection' },
    'POST /v1/connections/test-all': { id: 'testConnections', summary: 'Send samples through every enabled connection' },
    'POST /v1/connections/:id/reset': { id: 'resetConnection', summary: 'Open a blocked connection again' },
    'POST /v1/connections/:id/actions/generate-vapid': {
      id: 'generatePushKey',
      summary: 'Generate the key with which browsers subscribe to web push',
      example: { replace: false },
    },
    'GET /v1/tags': { id: 'listTags', summary: 'List the tags of all connections' },
  }),
  ...group('deliveries', {
    'GET /v1/deliveries': {
      id: 'listDeliveries',
      summary: 'List deliveries, newest first',
      about:
        'Filters can be combined. `since` and `until` are times of planning: from `since` on, and before `until`. `recipient` takes a user id, `adr_…` or `con_…`; `status` is the older name of `state`.',
    },
    'GET /v1/deliveries/:id': { id: 'getDelivery', summary: 'Read a delivery with all its attempts' },
    'POST /v1/deliveries/:id/retry': { id: 'retryDelivery', summary: 'Send a delivery again that ended unsent' },
    'POST /v1/deliveries/retry': { id: 'retryDeliveries', summary: 'Send many deliveries again', example: { status: 'failed', dryRun: true } },
  }),
  ...group('preferences', {
    'GET /v1/me/routing': { id: 'getMyRouting', summary: 'Read the matrix of event types and channels' },
    'PUT /v1/me/routing': {
      id: 'putMyRouting',
      summary: 'Change cells of the matrix; null restores the default',
      example: { routes: { 'build.failed': { email: false, webhook: null } } },
    },
    'GET /v1/me/preferences': { id: 'getMyPreferences', summary: 'Read the switches of channels and categories' },
    'PATCH /v1/me/preferences': {
      id: 'changeMyPreferences',
      summary: 'Change switches of channels and categories',
      example: { channels: { email: true }, categories: { ci: { email: false } } },
    },
    'GET /v1/me/topics': { id: 'listMyTopics', summary: 'List the topics that the person is subscribed to' },
    'PUT /v1/me/topics/:key': { id: 'joinTopic', summary: 'Subscribe to a topic' },
    'DELETE /v1/me/topics/:key': { id: 'leaveTopic', summary: 'Unsubscribe from a topic' },
  }),
  ...group('destinations', {
    'GET /v1/me/destinations': { id: 'listMyDestinations', summary: 'List the addresses of the person' },
    'GET /v1/me/destinations/:channel': { id: 'getMyDestination', summary: 'Read the address of a channel; secrets are masked' },
    'PUT /v1/me/destinations/:channel': {
      id: 'putMyDestination',
      summary: 'Store the address of a channel',
      about: 'The body is the form of the channel’s provider: `GET /v1/providers`, `destination`.',
      example: { address: 'ada@example.com' },
    },
    'DELETE /v1/me/destinations/:channel': { id: 'deleteMyDestination', summary: 'Delete the address of a channel' },
    'POST /v1/me/destinations/:channel/confirm': {
      id: 'confirmMyDestination',
      summary: 'Confirm an address with the code that was sent to it',
      example: { code: 'Z9XCSBZF' },
    },
    'POST /v1/me/destinations/:channel/options/:name': {
      id: 'listMyDestinationOptions',
      summary: 'Ask the vendor for the choices of a field in the person’s form',
      example: { destination: {} },
    },
    'GET /v1/me/devices': { id: 'listMyDevices', summary: 'List the browsers and phones of the person' },
    'POST /v1/me/devices': {
      id: 'registerMyDevice',
      summary: 'Register a browser or phone',
      about: 'A browser can subscribe when a web push connection has its keys: `POST /v1/connections/:id/actions/generate-vapid`.',
      example: subscription,
    },
    'DELETE /v1/me/devices/:id': { id: 'deleteMyDevice', summary: 'Delete a browser or phone' },
    'GET /v1/me/push-key': { id: 'getPushKey', summary: 'Read the public key with which a browser subscribes' },
  }),
  ...group('inbox', {
    'GET /v1/inbox': { id: 'listInbox', summary: 'List entries, newest first' },
    'GET /v1/inbox/counts': { id: 'countInbox', summary: 'Count entries: all, unread, unseen' },
    'POST /v1/inbox/:id/read': { id: 'markRead', summary: 'Mark an entry as read' },
    'POST /v1/inbox/:id/unread': { id: 'markUnread', summary: 'Mark an entry as unread' },
    'POST /v1/inbox/:id/seen': { id: 'markSeen', summary: 'Mark an entry as seen' },
    'POST /v1/inbox/:id/archive': { id: 'archiveEntry', summary: 'Archive an entry' },
    'POST /v1/inbox/:id/unarchive': { id: 'unarchiveEntry', summary: 'Move an entry back from the archive' },
    'POST /v1/inbox/:id/snooze': { id: 'snoozeEntry', summary: 'Hide an entry until a time; null shows it again', example: { until: '2030-01-01T08:00:00Z' } },
    'DELETE /v1/inbox/:id': { id: 'deleteEntry', summary: 'Delete an entry' },
    'POST /v1/inbox/bulk': { id: 'markEntries', summary: 'Mark up to 200 entries', example: { ids: ['ntf_…'], action: 'archive' } },
    'POST /v1/inbox/read-all': { id: 'markAllRead', summary: 'Mark all entries as read, or those of a category or type', example: { category: 'ci' } },
    'POST /v1/inbox/tickets': { id: 'createStreamTicket', summary: 'Get a ticket for the URL of one stream, valid once within 60 s' },
    'GET /v1/inbox/stream': { id: 'streamInbox', summary: 'Stream changes as server-sent events' },
    'GET /v1/inbox/ws': { id: 'openInboxSocket', summary: 'Stream changes over a WebSocket' },
  }),
  ...group('operations', {
    'GET /v1/keys': { id: 'listKeys', summary: 'List API keys' },
    'POST /v1/keys': { id: 'createKey', summary: 'Create an API key; it is shown only this once', example: { name: 'shop', scopes: ['events', 'read'] } },
    'DELETE /v1/keys/:id': { id: 'revokeKey', summary: 'Revoke an API key' },
    'GET /v1/audit': { id: 'listAudit', summary: 'List changes of the hub, newest first: who did what' },
    'GET /v1/health': { id: 'getHealth', summary: 'Read the checks of the hub and its known issues' },
    'GET /metrics': { id: 'getMetrics', summary: 'Read metrics as Prometheus text' },
    'GET /health/live': { id: 'checkLive', summary: 'Answer while the process runs' },
    'GET /health/ready': { id: 'checkReady', summary: 'Answer 503 when the hub cannot work or is stopping' },
  }),
}
