import type { Client } from '@carillon/client'
import type { Catchers } from './catchers.ts'
import { NAMES, PARTNER } from './plan.ts'

/** Two connections, three people with different preferences, and a topic that contains a bare address. */
export async function settle(hub: Client, { mail, hooks, secrets }: Catchers): Promise<void> {
  await hub.connections.create({
    provider: 'smtp',
    name: 'Demo mail',
    personal: true,
    settings: { host: mail.host, port: mail.port, security: 'none', from: 'Carillon <bells@example.com>' },
  })
  await hub.connections.create({ provider: 'webhook', name: 'Demo webhooks', personal: true })

  await hub.users.putBatch([
    { id: 'ana', name: 'Ana', email: 'ana@example.com', locale: 'en', timezone: 'Europe/Lisbon' },
    { id: 'ben', name: 'Ben', email: 'ben@example.com', locale: 'en', timezone: 'America/New_York' },
    { id: 'chloe', name: 'Chloé', email: 'chloe@example.com', locale: 'fr-CA', timezone: 'America/Montreal' },
  ])
  for (const [id, secret] of Object.entries(secrets)) await hub.as(id).me.putDestination('webhook', { url: `${hooks.url}/${id}`, secret })

  // Ben: no mail about builds. Chloé: one webhook for everything, in French.
  await hub.as('ben').me.putRouting({ routes: { 'build.failed': { email: false } } })
  await hub.as('chloe').me.patchPreferences({ channels: { in_app: false, email: false } })

  await hub.topics.put('web-team', { name: 'Web team' })
  await hub.topics.subscribe('web-team', [...Object.keys(NAMES).filter((id) => id !== PARTNER), { email: PARTNER, locale: 'fr' }])
}

/** Each person's preferences in words. */
export const WISHES: readonly [name: string, wish: string][] = [
  ['Ana', 'everything, everywhere'],
  ['Ben', 'no mail about builds, no webhook'],
  ['Chloé', 'one webhook for everything, in French; nothing in the app, no mail'],
  ['web-team', `all three, and the bare address ${PARTNER} in French`],
]
