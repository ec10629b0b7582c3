import { escapeChatMarkdown } from '../../domain/escape.ts'
import type { Dialect } from '../print.ts'
import { markdown } from './markdown.ts'

/** Markdown for Mattermost, Rocket.Chat and Zulip. A mention would notify people, so texts are escaped to mention nobody. */
export const chatMarkdown: Dialect = { ...markdown, text: escapeChatMarkdown }
