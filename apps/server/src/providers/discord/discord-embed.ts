import { discordLink, escapeDiscord } from '../../domain/escapes/discord.ts'
import type { Severity } from '../../domain/event-type.ts'
import { lacks, type Message } from '../../domain/message.ts'
import { toIso } from '../../domain/time.ts'
import { bodyWithin } from '../kit/markup.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { type ChosenFields, changesOf } from './discord-kinds.ts'

const COLOURS: Record<Severity, number> = { debug: 9807270, info: 3843043, success: 2605644, warning: 16761392, error: 15749200, critical: 15749200 }
const TOTAL = 6000
const NAME = 80

/** Names that Discord reserves. */
export const REFUSED_NAME = /clyde|discord/i

/** The posted JSON: one embed within all of Discord's limits, per text and 6000 characters in total; exceeding one loses the message. */
export function postOf(message: Message, settings: ChosenFields & { username?: string; avatar?: string }): object {
  const { title: titled, severity = message.severity, instance: named = message.instance, fields: chosen } = changesOf(message, settings)
  const title = truncate(oneLine(titled ?? message.title), 256)
  const instance = truncate(oneLine(named), NAME)
  const description = describe(message)
  const fields = fitting(lacks(message, 'fields') ? [] : (chosen ?? fieldsOf(message)), TOTAL - count(title) - count(description) - count(instance))
  return {
    username: settings.username ?? (instance === '' || REFUSED_NAME.test(instance) ? undefined : instance),
    avatar_url: lacks(message, 'avatar') ? undefined : settings.avatar,
    embeds: [
      {
        title,
        description: description === '' ? undefined : description,
        url: message.url,
        color: COLOURS[severity],
        timestamp: toIso(message.event.createdAt),
        footer: instance === '' ? undefined : { text: instance },
        image: message.image === undefined ? undefined : { url: message.image },
        fields,
      },
    ],
  }
}

const DESCRIPTION = 4096

/** The links behind the body. Rendering has escaped their labels. */
function tailOf({ actions }: Message): string {
  const links = actions.slice(0, 5).map(({ label, url }) => discordLink(oneLine(label), url))
  const tail = links.length > 0 ? `\n\n${links.join(' · ')}` : ''
  // A truncated link is useless: links that would displace the text are left out completely.
  return tail.length <= DESCRIPTION / 2 ? tail : ''
}

/** For rendering: the body shares the description with the links. */
export const fits = (message: Message): boolean => message.body.length + tailOf(message).length <= DESCRIPTION

function describe(message: Message): string {
  const tail = tailOf(message)
  const room = DESCRIPTION - tail.length
  // Letters and blanks alone are no markup that a cut could leave open.
  const body = /^[\p{L}\p{N} \n]*$/u.test(message.body) ? truncate(message.body, room) : bodyWithin(message, room, escapeDiscord)
  return body + tail
}

type EmbedField = NonNullable<ReturnType<typeof changesOf>['fields']>[number]

const fieldsOf = ({ fields }: Message): EmbedField[] =>
  fields.map(({ label, value: given }) => {
    const value = truncate(given, 1024)
    return { name: truncate(oneLine(label), 256), value, inline: count(value) <= 40 }
  })

/** The first fields that fit. Discord refuses the whole message if one is empty. */
function fitting(fields: EmbedField[], room: number): EmbedField[] {
  const kept: EmbedField[] = []
  for (const field of fields.filter(({ name, value }) => name.trim() !== '' && value.trim() !== '').slice(0, 25)) {
    room -= count(field.name) + count(field.value)
    if (room < 0) break
    kept.push(field)
  }
  return kept
}

const count = (value: string): number => Array.from(value).length
