import { discord } from './discord.ts'
import { feishu } from './feishu.ts'
import { mailgun } from './mailgun.ts'
import { ntfy } from './ntfy.ts'
import { postmark } from './postmark.ts'
import type { Provider } from './provider.ts'
import { resend } from './resend.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { slack } from './slack.ts'
import { smtp } from './smtp.ts'
import { telegram } from './telegram.ts'
import { webhook } from './webhook.ts'

/** Every vendor the hub can speak to. A new one is its file and one line here. */
export const providers: Provider[] = [discord, feishu, mailgun, ntfy, postmark, resend, sendgrid, ses, slack, smtp, telegram, webhook]

const byId = new Map(providers.map((provider) => [provider.id, provider]))

export const providerById = (id: string): Provider | undefined => byId.get(id)
