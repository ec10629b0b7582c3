import { escapeChatMarkdown } from '../../domain/escape.ts'
import type { Dialect } from '../print.ts'
import { markdown } from './markdown.ts'

/** Markdown for Mattermost, Rocket.Chat and Zulip: whoever is mentioned in a text hears a bell, so texts mention nobody. */
export const chatMarkdown: Dialect = { ...markdown, text: escapeChatMarkdown }
