import { Type } from 'typebox'
import { escapeDiscord, escapeDiscordTitle } from '../../domain/escapes/discord.ts'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import { ZERO } from '../../domain/escapes/place.ts'
import { type Severity, severityRank } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { cutEscaped } from '../kit/markup.ts'
import { type ProwlarrKind, type ProwlarrValue, prowlarrKind, prowlarrText } from '../kit/prowlarr-kinds.ts'
import { oneLine, truncate } from '../kit/truncate.ts'

/** A field that an operator can select. Stored as its index, which is Prowlarr's number for it. */
type Choice = readonly [label: string, value: ProwlarrValue]

const GRAB: readonly Choice[] = [
  ['Release', 'release'],
  ['Indexer', 'indexer'],
  ['Download Client', 'downloadClient'],
  ['Grab Trigger', 'trigger'],
  ['Source', 'source'],
  ['Host', 'host'],
]
const HEALTH: readonly Choice[] = [
  ['Source', 'check'],
  ['Type', 'level'],
  ['Message', 'message'],
  ['Wiki', 'wiki'],
]
const UPDATE: readonly Choice[] = [
  ['Previous Version', 'previousVersion'],
  ['New Version', 'newVersion'],
]

const multiSelect = (title: string, choices: readonly Choice[]) =>
  Type.Optional(
    Type.Array(
      Type.Union(
        choices.map(([label], number) => Type.Literal(number, { title: label })),
        { description: `must be a number from 0 to ${choices.length - 1}` },
      ),
      {
        title,
        description: 'In the order of the list. Without a list: the template’s fields; with an empty list: none.',
        uniqueItems: true,
        'x-advanced': true,
        'x-category': 'prowlarr',
        'x-widget': 'multi-select',
        'x-options': choices.map(([label], value) => ({ value, label })),
      },
    ),
  )

/** Settings: the fields in the embed of an event reported by Prowlarr. */
export const chosenFields = {
  onGrabFields: multiSelect('Prowlarr: fields of a grab', GRAB),
  onHealthIssueFields: multiSelect('Prowlarr: fields of a health issue', HEALTH),
  onApplicationUpdateFields: multiSelect('Prowlarr: fields of an update', UPDATE),
}

export type ChosenFields = { [Setting in keyof typeof chosenFields]?: number[] }

interface KindLook {
  /** The value used as the title, and its prefix. */
  title?: readonly [before: string, value: ProwlarrValue]
  fields?: readonly [setting: keyof ChosenFields, choices: readonly Choice[]]
}

const LOOKS: Record<ProwlarrKind, KindLook> = {
  Grab: { title: ['', 'release'], fields: ['onGrabFields', GRAB] },
  Health: { title: ['', 'check'], fields: ['onHealthIssueFields', HEALTH] },
  HealthRestored: { title: ['Health Issue Resolved: ', 'check'] },
  ApplicationUpdate: { fields: ['onApplicationUpdateFields', UPDATE] },
  Test: {},
}

/** Changes to the embed by the kind of event; texts are Discord Markdown. Absent fields keep the message's values. */
export interface Changes {
  title?: string
  severity?: Severity
  /** Plain text. */
  instance?: string
  fields?: { name: string; value: string; inline: boolean }[]
}

export function changesOf({ event, severity }: Message, settings: ChosenFields): Changes {
  const kind = prowlarrKind(event)
  if (kind === null) return {}
  const say = (value: ProwlarrValue) => oneLine(prowlarrText(event.data, value))
  const { title: [before, value] = [], fields: [setting, choices] = [] } = LOOKS[kind]
  const title = value === undefined ? '' : say(value)
  const instance = say('instance')
  const chosen = setting && settings[setting]
  return {
    severity: severityOf(kind, severity, say),
    ...(instance !== '' && { instance }),
    ...(title !== '' && { title: `${before}${cutEscaped(title, 200, escapeDiscordTitle)}` }),
    ...(chosen && choices && { fields: chosen.flatMap((number) => fieldOf(choices[number], say)) }),
  }
}

function fieldOf(choice: Choice | undefined, say: (value: ProwlarrValue) => string): NonNullable<Changes['fields']> {
  if (choice === undefined) return []
  const [name, value] = choice
  const text = say(value)
  return text === '' ? [] : [{ name, value: (SHOWN[value] ?? plain)(text), inline: false }]
}

const VALUE = 1024
const plain = (text: string): string => cutEscaped(text, VALUE, escapeDiscord)

/** A release is shown as code, for copying; a page as a link. */
const SHOWN: Partial<Record<ProwlarrValue, (text: string) => string>> = {
  release: (text) => `\`\`\`${truncate(text.replace(/`(?=`|$)/g, `\`${ZERO}`), VALUE - 6)}\`\`\``,
  wiki(text) {
    const page = /^https?:\/\//i.test(text) ? linkTarget(URL.parse(text)?.href ?? '') : ''
    return page === '' || page.length > VALUE ? plain(text) : page
  },
}

/** Success is green; a failed grab and a failed check are red, whatever the severity of their event type. */
function severityOf(kind: ProwlarrKind, severity: Severity, say: (value: ProwlarrValue) => string): Severity {
  if (kind === 'HealthRestored') return 'success'
  if (kind === 'Health') return (say('level') || severity).toLowerCase() === 'warning' ? 'warning' : 'error'
  if (kind === 'Grab' && say('successful') === 'False') return 'error'
  return kind !== 'Test' && severityRank[severity] <= severityRank.info ? 'success' : severity
}
