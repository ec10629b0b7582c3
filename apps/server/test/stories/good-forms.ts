import { createECDH, generateKeyPairSync } from 'node:crypto'
import type { JsonObject } from '@carillon/client'

/** Forms that can be saved as a shared connection, one per provider; `url` is a server that may be called, `script` a file that may run. */
export function goodForms(url: string, script: string): Record<string, { settings?: JsonObject; destination: JsonObject }> {
  const from = 'Bells <bells@example.com>'
  const mail = { to: ['ops@example.com'], cc: ['ana@example.com'], bcc: ['ben@example.com'] }
  const replyTo = 'help@example.com'
  const pem = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const serviceAccount = JSON.stringify({
    type: 'service_account',
    project_id: 'bells',
    client_email: 'hub@bells.iam.gserviceaccount.com',
    private_key_id: '0a1b',
    private_key: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    token_uri: `${url}/token`,
  })
  return {
    apns: {
      settings: { key: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), keyId: 'ABCDE12345', teamId: 'TEAM012345', bundleId: 'com.example' },
      destination: { token: 'ab'.repeat(32) },
    },
    apprise: { settings: { server: url, username: 'ana', password: 'pw' }, destination: { urls: [`json://${new URL(url).host}/x`] } },
    bark: { settings: { server: url }, destination: { deviceKey: 'key' } },
    discord: { destination: { webhookUrl: `https://discord.com/api/webhooks/123456789012345678/${'t'.repeat(68)}` } },
    fcm: { settings: { serviceAccount }, destination: { topic: 'ops' } },
    feishu: { destination: { webhookUrl: 'https://open.feishu.cn/open-apis/bot/v2/hook/token' } },
    'google-chat': { destination: { webhookUrl: 'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t' } },
    gotify: { settings: { server: url }, destination: { token: 'token' } },
    graph: { settings: { tenant: 'example.com', clientId: 'bells', clientSecret: 'secret', from, replyTo }, destination: mail },
    'http-sms': {
      settings: { url: `${url}/send`, body: '{"to":"{to}","text":"{text}"}', username: 'ana', password: 'pw', successPath: 'ok', successValue: 'true' },
      destination: { phone: '+12025550123' },
    },
    join: { destination: { apiKey: 'key' } },
    log: { destination: {} },
    mailgun: { settings: { apiKey: 'key', domain: 'mg.example.com', region: 'eu', from, replyTo }, destination: mail },
    matrix: { settings: { homeserver: url, accessToken: 'token' }, destination: { roomId: '!room:example.com' } },
    mattermost: { destination: { webhookUrl: `${url}/hooks/${'k'.repeat(26)}` } },
    mqtt: { settings: { server: `mqtt://${new URL(url).host}`, username: 'ana', password: 'pw' }, destination: { topic: 'home/alerts' } },
    notifiarr: { settings: { apiKey: 'key' }, destination: { channelId: '123456789012345678' } },
    ntfy: { settings: { server: url, token: 'token' }, destination: { topic: 'alerts' } },
    postmark: { settings: { serverToken: 'token', from, replyTo }, destination: mail },
    prowl: { destination: { apiKey: 'a'.repeat(40) } },
    pushbullet: { destination: { accessToken: 'token' } },
    pushcut: { destination: { apiKey: 'key', notification: 'Bells' } },
    pushover: { settings: { token: 'a'.repeat(30) }, destination: { userKey: 'u'.repeat(30) } },
    resend: { settings: { apiKey: 'key', from, replyTo }, destination: mail },
    rocketchat: { destination: { webhookUrl: `${url}/hooks/64f0a1b2/token` } },
    script: { settings: { path: script }, destination: {} },
    sendgrid: { settings: { apiKey: 'key', from, replyTo }, destination: mail },
    ses: { settings: { region: 'eu-west-1', accessKeyId: 'A'.repeat(20), secretAccessKey: 'secret', from, replyTo }, destination: mail },
    signal: { settings: { server: url, number: '+12025550123' }, destination: { recipient: '+12025550124' } },
    simplepush: { destination: { key: 'HuxgBB' } },
    slack: { destination: { webhookUrl: 'https://hooks.slack.com/services/T0A/B0B/c0C' } },
    smtp: { settings: { host: '127.0.0.1', port: 2525, security: 'none', from, replyTo }, destination: mail },
    teams: { destination: { webhookUrl: `${url}/powerautomate/automations/direct/workflows/0a1b/triggers/manual/paths/invoke?sig=s` } },
    telegram: { settings: { botToken: `123456789:${'t'.repeat(35)}` }, destination: { chatId: '-1001234567890' } },
    twilio: { settings: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token', from: '+12025550123' }, destination: { phone: '+12025550124' } },
    vonage: { settings: { apiKey: 'key', apiSecret: 'secret', from: 'Bells' }, destination: { phone: '+12025550124' } },
    webhook: { destination: { url: `${url}/hook`, headers: { 'X-Own': 'own' } } },
    web_push: {
      settings: { subject: 'mailto:ops@example.com' },
      destination: {
        endpoint: 'https://fcm.googleapis.com/fcm/send/x',
        keys: { p256dh: createECDH('prime256v1').generateKeys('base64url'), auth: 'A'.repeat(22) },
      },
    },
    zulip: { settings: { site: url, email: 'bells@example.com', apiKey: 'key' }, destination: { to: 'ops', topic: 'builds' } },
  }
}
