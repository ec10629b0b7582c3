import type { Dialect } from '../print.ts'
import { adaptiveCard } from './adaptive-card.ts'
import { apprise } from './apprise.ts'
import { discord } from './discord.ts'
import { feishu } from './feishu.ts'
import { googleChat, telegram } from './few-tags.ts'
import { html } from './html.ts'
import { markdown } from './markdown.ts'
import { mattermost } from './mattermost.ts'
import { rocketchat } from './rocketchat.ts'
import { slack } from './slack.ts'
import { text } from './text.ts'
import { zulip } from './zulip.ts'

/** The dialect of each format that a provider may name: one for each reader. `json` uses Markdown. */
export const dialects = {
  text,
  html,
  markdown,
  discord,
  slack,
  telegram,
  feishu,
  'adaptive-card': adaptiveCard,
  'google-chat': googleChat,
  apprise,
  mattermost,
  rocketchat,
  zulip,
  json: markdown,
} satisfies Record<string, Dialect>
export type Format = keyof typeof dialects
