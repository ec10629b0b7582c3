import { apns } from './apns/apns.ts'
import { apprise } from './apprise.ts'
import { bark } from './bark.ts'
import { discord } from './discord/discord.ts'
import { fcm } from './fcm/fcm.ts'
import { feishu } from './feishu.ts'
import { googleChat } from './google-chat.ts'
import { gotify } from './gotify.ts'
import { graph } from './graph/graph.ts'
import { httpSms } from './http-sms.ts'
import { join } from './join.ts'
import type { Provider } from './kit/contract.ts'
import { log } from './log.ts'
import { mailgun } from './mailgun.ts'
import { matrix } from './matrix.ts'
import { mattermost } from './mattermost.ts'
import { mqtt } from './mqtt/mqtt.ts'
import { notifiarr } from './notifiarr.ts'
import { ntfy } from './ntfy/ntfy.ts'
import { postmark } from './postmark.ts'
import { prowl } from './prowl.ts'
import { pushbullet } from './pushbullet.ts'
import { pushcut } from './pushcut.ts'
import { pushover } from './pushover.ts'
import { resend } from './resend.ts'
import { rocketchat } from './rocketchat.ts'
import { script } from './script/script.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses/ses.ts'
import { signal } from './signal.ts'
import { simplepush } from './simplepush.ts'
import { slack } from './slack.ts'
import { smtp } from './smtp/smtp.ts'
import { teams } from './teams.ts'
import { telegram } from './telegram.ts'
import { twilio } from './twilio.ts'
import { vonage } from './vonage.ts'
import { webPush } from './web_push/web_push.ts'
import { webhook } from './webhook.ts'
import { zulip } from './zulip.ts'

/** Every provider of the hub. A new one is its file and one line here. */
export const providers: Provider[] = [
  apns,
  apprise,
  bark,
  discord,
  fcm,
  feishu,
  googleChat,
  gotify,
  graph,
  httpSms,
  join,
  log,
  mailgun,
  matrix,
  mattermost,
  mqtt,
  notifiarr,
  ntfy,
  postmark,
  prowl,
  pushbullet,
  pushcut,
  pushover,
  resend,
  rocketchat,
  script,
  sendgrid,
  ses,
  signal,
  simplepush,
  slack,
  smtp,
  teams,
  telegram,
  twilio,
  vonage,
  webhook,
  webPush,
  zulip,
]
