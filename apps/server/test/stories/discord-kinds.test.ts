import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const GREEN = 2605644
const YELLOW = 16761392
const TOKEN = 't0ken-of-the-webhook'.repeat(3)

describe.each(engines)('Discord embeds of Prowlarr’s kinds (%s)', (engine) => {
  let world: World
  let discord: Receiver
  beforeAll(async () => {
    world = await openWorld(engine)
    discord = await startReceiver({ body: { id: '1100000000000000001' } })
    const { eventTypes } = world.client()
    const looks = { health: 'Health Check Failure', grab: 'Release Grabbed', update: 'Application Updated' }
    for (const [kind, title] of Object.entries(looks))
      await eventTypes.put(`prowlarr.${kind}`, { category: 'indexers', templates: { default: { title, body: '{{ data.message }}' } } })
  })
  afterAll(async () => {
    await world.stop()
    await discord.close()
  })

  const room = (more: object = {}) => ({
    provider: 'discord',
    name: 'Releases',
    personal: false,
    settings: { apiUrl: discord.url, onGrabFields: [4, 0, 5], onHealthIssueFields: [1], onApplicationUpdateFields: [1, 0], ...more },
    destination: { webhookUrl: `https://discord.com/api/webhooks/123456789012345678/${TOKEN}` },
    events: [{ type: 'prowlarr.health', when: { level: 'error' } }, { type: 'prowlarr.grab' }, { type: 'prowlarr.update' }],
  })

  it('are tested one by one, in the order of the connection', async () => {
    const result = await world.client().connections.testUnsaved(room())
    expect(result).toMatchObject({ ok: true, sent: ['prowlarr.health', 'prowlarr.grab', 'prowlarr.update'], failures: [] })
    const posts = discord.requests.map((request) => request.json())
    const footer = { text: 'Prowlarr' }
    expect(posts).toMatchObject([
      {
        username: 'Prowlarr',
        embeds: [
          { title: 'IndexerStatusCheck', description: 'Test health check warning', color: YELLOW, footer, fields: [{ name: 'Type', value: 'Warning' }] },
        ],
      },
      {
        embeds: [
          {
            title: 'Sample.Release.2024.1080p.WEB.x264',
            color: GREEN,
            fields: [
              { name: 'Source', value: 'Sonarr' },
              { name: 'Release', value: '```Sample.Release.2024.1080p.WEB.x264```' },
              { name: 'Host', value: 'sonarr' },
            ],
          },
        ],
      },
      {
        embeds: [
          {
            title: 'Application Updated',
            description: 'Prowlarr updated from 1.0 to 1.1',
            fields: [
              { name: 'New Version', value: '1.1' },
              { name: 'Previous Version', value: '1.0' },
            ],
          },
        ],
      },
    ])
    expect((await world.client().events.list()).items).toEqual([])
  })

  it('show the real event, without empty fields', async () => {
    const { id } = await world.client().connections.create(room())
    const before = discord.requests.length
    const data = { release: { releaseTitle: 'A_Film.2024' }, source: 'Radarr', message: 'A_Film.2024 grabbed', successful: true }
    await world.client().events.report({ type: 'prowlarr.grab', to: ['ana'], data })
    await world.atRest()
    expect(discord.requests.slice(before).map((request) => request.json())).toMatchObject([
      {
        username: 'Carillon',
        embeds: [
          {
            title: 'A\\_Film.2024',
            color: GREEN,
            footer: { text: 'Carillon' },
            fields: [
              { name: 'Source', value: 'Radarr', inline: false },
              { name: 'Release', value: '```A_Film.2024```', inline: false },
            ],
          },
        ],
      },
    ])
    await world.client().connections.delete(id)
  })

  it('name the field to fix when Discord does not know the webhook', async () => {
    discord.respond({ status: 404, body: { code: 10015, message: `Unknown Webhook ${TOKEN}` } })
    const result = await world.client().connections.testUnsaved(room())
    expect(result).toMatchObject({ ok: false, sent: [], failures: [{ field: '/destination/webhookUrl', severity: 'error', code: 'discord_10015' }] })
    expect(JSON.stringify(result)).not.toContain(TOKEN)
  })

  it('may show a picture that the hub itself may not call', async () => {
    const { id } = await world.client().connections.create(room({ avatar: 'http://10.0.0.1/bell.png' }))
    await world.client().connections.delete(id)
  })

  it.each([
    ['a field that does not exist', { onGrabFields: [0, 6] }, '/settings/onGrabFields/1'],
    ['the same field twice', { onHealthIssueFields: [1, 1] }, '/settings/onHealthIssueFields'],
    ['a picture that is none', { avatar: 'ftp://example.com/a.png' }, '/settings/avatar'],
  ])('is refused with %s', async (_what, settings, pointer) => {
    expect(await refusal(world.client().connections.create(room(settings)))).toMatchObject({ code: 'invalid_field', pointer })
  })
})
