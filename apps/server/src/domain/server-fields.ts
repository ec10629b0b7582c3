/** Fields of a form, in settings or in a destination, that name its server. A test checks that the providers use these names. */
export const SERVER_FIELDS = [
  'host',
  'server',
  'url',
  'apiUrl',
  'tokenUrl',
  'sandboxApiUrl',
  'site',
  'homeserver',
  'webhookUrl',
  'topic',
  'topics',
  'proxy',
] as const

/** Fields of settings that name servers inside their value: the key file of an account, hosts of push services. */
export const FIELDS_WITH_SERVERS = ['serviceAccount', 'pushServices'] as const
