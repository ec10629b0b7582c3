import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { postOf } from './discord-embed.ts'
import type { ChosenFields } from './discord-kinds.ts'

interface Embed {
  title: string
  description?: string
  color: number
  footer?: { text: string }
  fields: { name: string; value: string; inline: boolean }[]
}
interface Post {
  username?: string
  embeds: [Embed]
}

const GREEN = 2605644
const YELLOW = 16761392
const RED = 15749200

/** A message as rendering makes it: nothing but the template's words in it. */
const post = (type: string, data: JsonObject, settings: ChosenFields = {}, more: Partial<Message> = {}): Post => {
  const { url: _, ...message } = exampleMessage({ title: 'Of the template', body: 'Text', severity: 'info', actions: [], fields: [] })
  const event = { id: 'evt_1', type, category: 'prowlarr', data, tags: [], createdAt: NOW }
  return JSON.parse(JSON.stringify(postOf({ ...message, event, ...more }, settings)))
}
const embed = (...given: Parameters<typeof post>): Embed => post(...given).embeds[0]

const grab = {
  instanceName: 'Prowlarr',
  release: { releaseTitle: 'A.Film_2024', indexer: 'Some *Indexer*' },
  trigger: 'manual',
  source: 'Sonarr',
  host: '',
  downloadClient: 'qbit',
}
const check = { level: 'warning', message: 'No indexers\nleft', type: 'IndexerCheck', wikiUrl: 'https://wiki.example/a_b#no-indexers' }

describe('an event of Prowlarr’s', () => {
  it('grab is titled by its release, with the chosen fields in their order, without the empty ones', () => {
    expect(post('prowlarr.grab', grab, { onGrabFields: [5, 3, 0, 1, 2, 4] })).toEqual({
      username: 'Prowlarr',
      embeds: [
        {
          title: 'A.Film\\_2024',
          description: 'Text',
          color: GREEN,
          timestamp: '2026-11-20T10:00:00.000Z',
          footer: { text: 'Prowlarr' },
          fields: [
            { name: 'Grab Trigger', value: 'Manual', inline: false },
            { name: 'Release', value: '```A.Film_2024```', inline: false },
            { name: 'Indexer', value: 'Some \\*Indexer\\*', inline: false },
            { name: 'Download Client', value: 'qbit', inline: false },
            { name: 'Source', value: 'Sonarr', inline: false },
          ],
        },
      ],
    })
  })

  it('health issue is titled by its check', () => {
    expect(post('prowlarr.health', check, { onHealthIssueFields: [3, 1, 2, 0] })).toEqual({
      username: 'Bells',
      embeds: [
        {
          title: 'IndexerCheck',
          description: 'Text',
          color: YELLOW,
          timestamp: '2026-11-20T10:00:00.000Z',
          footer: { text: 'Bells' },
          fields: [
            { name: 'Wiki', value: 'https://wiki.example/a_b#no-indexers', inline: false },
            { name: 'Type', value: 'Warning', inline: false },
            { name: 'Message', value: 'No indexers left', inline: false },
            { name: 'Source', value: 'IndexerCheck', inline: false },
          ],
        },
      ],
    })
  })

  it('restored check says so', () => {
    expect(embed('prowlarr.health_restored', check, { onHealthIssueFields: [0] }, { severity: 'error' })).toMatchObject({
      title: 'Health Issue Resolved: IndexerCheck',
      color: GREEN,
      fields: [],
    })
  })

  it('update keeps the title of its template', () => {
    expect(embed('prowlarr.update', { previousVersion: '1.0', newVersion: '1.1' }, { onApplicationUpdateFields: [1, 0] })).toMatchObject({
      title: 'Of the template',
      color: GREEN,
      fields: [
        { name: 'New Version', value: '1.1', inline: false },
        { name: 'Previous Version', value: '1.0', inline: false },
      ],
    })
  })

  it.each([
    ['prowlarr.grab', { ...grab, successful: false }, 'info', RED],
    ['prowlarr.grab', { ...grab, successful: true }, 'info', GREEN],
    ['prowlarr.grab', grab, 'error', RED],
    ['prowlarr.health', { ...check, level: 'Error' }, 'info', RED],
    ['prowlarr.health', { type: 'X' }, 'warning', YELLOW],
    ['prowlarr.health', { type: 'X' }, 'info', RED],
    ['prowlarr.update', {}, 'warning', YELLOW],
    ['build.failed', {}, 'warning', YELLOW],
    ['build.failed', {}, 'critical', RED],
    ['build.passed', {}, 'success', GREEN],
  ] as const)('%s %j of severity %s has the colour %i', (type, data, severity, color) => {
    expect(embed(type, data, {}, { severity }).color).toBe(color)
  })

  it('keeps the fields of its template as long as none were chosen, and has none when that was the choice', () => {
    const fields = [{ label: 'Size', value: '1 GB' }]
    expect(embed('prowlarr.grab', grab, {}, { fields }).fields).toEqual([{ name: 'Size', value: '1 GB', inline: true }])
    expect(embed('prowlarr.grab', grab, { onHealthIssueFields: [0] }, { fields }).fields).toHaveLength(1)
    expect(embed('prowlarr.grab', grab, { onGrabFields: [] }, { fields }).fields).toEqual([])
  })

  it('without the value that would be its title keeps the title it has', () => {
    expect(embed('prowlarr.grab', {}).title).toBe('Of the template')
    expect(embed('prowlarr.health', { type: null }).title).toBe('Of the template')
  })

  it('stays within every limit, however long its data', () => {
    const long = endless()
    const data = { instanceName: long, release: { title: long, indexer: long }, downloadClient: long, trigger: long, source: long, host: long }
    const [only] = post('prowlarr.grab', data, { onGrabFields: [0, 1, 2, 3, 4, 5] }, { body: long }).embeds
    const { title, description = '', footer, fields } = only
    const all = [title, description, footer!.text, ...fields.flatMap(({ name, value }) => [name, value])]
    expect(Array.from(title).length).toBeLessThanOrEqual(256)
    for (const { value } of fields) expect(Array.from(value).length).toBeLessThanOrEqual(1024)
    expect(fields[0]?.value).toMatch(/^```[^`]+…```$/)
    expect(Array.from(all.join('')).length).toBeLessThanOrEqual(6000)
    expect(all.every((text) => text.isWellFormed())).toBe(true)
  })

  it('cannot write markup into its fields', () => {
    const data = { release: { title: '```@everyone' }, level: 'error', type: '# [a](https://evil.example)', wikiUrl: 'javascript:alert(1)' }
    expect(embed('prowlarr.grab', data, { onGrabFields: [0] }).fields[0]?.value).toBe('````\u200b`\u200b`@everyone```')
    expect(embed('prowlarr.health', data, { onHealthIssueFields: [0, 3] }).fields.map(({ value }) => value)).toEqual([
      '\\# \\[a\\](<https://evil.example>)',
      'javascript:alert(1)',
    ])
  })
})

describe('the name that is shown', () => {
  it.each([
    [{}, 'Bells', 'Bells'],
    [{ username: 'Night watch' }, 'Bells', 'Night watch'],
    [{}, 'Our Discord bell', undefined],
  ])('%j with a hub called %s is %s', (settings, instance, username) => {
    expect(postOf(exampleMessage({ instance }), settings)).toMatchObject({ username, embeds: [{ footer: { text: instance } }] })
  })
})
