import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { faults } from '../testing/faults.ts'
import { discord, rocketChat, slack } from '../testing/readers/chats.ts'
import { commonMark, gfmMarkdown } from '../testing/readers/common-mark.ts'
import { adaptiveCard, feishu, pythonMarkdown, zulip } from '../testing/readers/models.ts'
import type { Reader } from '../testing/readers/reader.ts'
import { tags, telegram } from '../testing/readers/tags.ts'
import type { Format } from './index.ts'

/** Where data stands in a template. */
const POSITIONS = {
  'a line': '{{ data.x }}',
  'a sentence': 'Hi {{ data.x }}, hello',
  brackets: '({{ data.x }})',
  'a word': 'a{{ data.x }}b',
  'two values': '{{ data.x }}{{ data.x }}',
  'bold text': 'So **{{ data.x }}** then',
  'a part of a word in bold text': 'So**{{ data.x }}**then',
  'italic text': 'So *{{ data.x }}* then',
  'deleted text': 'So ~~{{ data.x }}~~ then',
  'bold and italic text': 'So ***a {{ data.x }}*** then',
  'a heading': '## {{ data.x }}',
  'an item of a list': '- one\n- {{ data.x }}',
  'an item of a numbered list': '1. {{ data.x }}',
  'a cell': '| a | b |\n|---|---|\n| {{ data.x }} | c |',
  'the label of a link': 'see [{{ data.x }}](https://ok.example/) there',
  'a place before a link': '{{ data.x }}[b](https://ok.example/)',
  'a quote': '> {{ data.x }}',
  code: 'So `{{ data.x }}` then',
  'a block of code': '```\n{{ data.x }}\n```',
}

const READERS: [name: string, format: Format, read: Reader][] = [
  ['ntfy and Gotify (CommonMark)', 'markdown', commonMark],
  ['ntfy and Gotify (GFM)', 'markdown', gfmMarkdown],
  ['Apprise', 'apprise', pythonMarkdown],
  ['Mattermost (CommonMark)', 'mattermost', commonMark],
  ['Mattermost (GFM)', 'mattermost', gfmMarkdown],
  ['Rocket.Chat', 'rocketchat', rocketChat],
  ['Zulip', 'zulip', zulip],
  ['Discord', 'discord', discord],
  ['Slack', 'slack', slack],
  ['Telegram', 'telegram', telegram],
  ['Google Chat', 'google-chat', tags],
  ['mail and Matrix', 'html', tags],
  ['Feishu', 'feishu', feishu],
  ['Teams', 'adaptive-card', adaptiveCard],
  ['plain text', 'text', (message) => ({ text: message, marks: [] })],
]

/** What a reader does to any text in a place, and no escape can prevent. */
const EXCEPTIONS: Record<string, [positions: (keyof typeof POSITIONS)[], why: string]> = {
  'ntfy and Gotify (CommonMark)': [['deleted text'], 'CommonMark has no strike-through'],
  'Mattermost (CommonMark)': [['deleted text'], 'CommonMark has no strike-through'],
  Slack: [['a part of a word in bold text'], 'emphasis needs white space or a sign around it'],
  'Rocket.Chat': [
    ['a word', 'two values', 'a part of a word in bold text', 'a place before a link'],
    'a letter before a dot begins the name of a host, which may take a backslash or a link behind it',
  ],
}

describe.each(READERS)('%s', (name, format, read) => {
  const places = Object.entries(POSITIONS).filter(([place]) => !EXCEPTIONS[name]?.[0].some((one) => one === place))
  it.each(places)('shows data as it was given in %s', (_, template) => {
    expect(faults(read, format, template, corpus)).toEqual([])
  })
})
