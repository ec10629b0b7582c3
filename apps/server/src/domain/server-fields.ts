/** Fields of a form that say to which server it speaks, in settings or in a destination. A test holds the providers to it. */
export const SERVER_FIELDS = ['host', 'server', 'url', 'apiUrl', 'sandboxApiUrl', 'site', 'homeserver', 'webhookUrl', 'topic', 'topics'] as const
