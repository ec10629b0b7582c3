import type { Message } from '../../domain/message.ts'

/** The clock's time in provider tests. */
export const NOW = Date.parse('2026-11-20T10:00:00Z')

/** A rendered message with a value in every field. */
export function exampleMessage(changes: Partial<Message> = {}): Message {
  return {
    title: 'Build 7 failed',
    body: 'main is **red**',
    text: 'main is red',
    severity: 'error',
    priority: 'high',
    url: 'https://ci.example/7',
    actions: [{ label: 'Open', url: 'https://ci.example/7/log' }],
    fields: [{ label: 'Branch', value: 'main' }],
    locale: 'en',
    instance: 'Bells',
    event: { id: 'evt_1', type: 'build.failed', category: 'builds', data: { build: 7 }, tags: ['ci'], createdAt: NOW, user: { id: 'ana' } },
    ...changes,
  }
}

/** A very long text, full of characters that a careless cut would break. */
export const endless = (unit = '👩‍👩‍👧‍👦é"\\\n'): string => unit.repeat(6_000)
