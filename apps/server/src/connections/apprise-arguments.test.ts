import { describe, expect, it } from 'vitest'
import { createFormCheck } from '../forms/form-check.ts'
import { providers } from '../providers/index.ts'
import { HARMLESS } from '../providers/kit/apprise-arguments.ts'
import { createAppriseUrls } from './apprise-urls.ts'

const { read, schemes } = createAppriseUrls(providers, createFormCheck())
const HOOK = 't'.repeat(68)

/** For each scheme: a URL of it, and the arguments that Apprise documents for it (https://github.com/caronc/apprise/wiki), each with a value that changes something. */
const DOCUMENTED: Record<string, [url: string, documented: Record<string, string>]> = {
  mailto: [
    'mailto://ana:pw@mail.example.com/ben@example.com',
    {
      ...{ to: 'cem@example.com', cc: 'c@example.com', bcc: 'b@example.com', from: 'hub@example.com', name: 'Bells', smtp: 'smtp.example.com', mode: 'ssl' },
      ...{ reply: 'r@example.com', user: 'eva', pass: 'other', pgp: 'yes', pgpkey: '/k.asc', port: '26' },
    },
  ],
  sendgrid: [
    'sendgrid://SG.key:hub@example.com/ben@example.com',
    { to: 'x@example.com', cc: 'c@example.com', bcc: 'b@example.com', template: 't', from: 'x@example.com' },
  ],
  mailgun: [
    'mailgun://hub@mg.example.com/key/ben@example.com',
    { to: 'x@example.com', cc: 'c@example.com', bcc: 'b@example.com', from: 'Bells', name: 'Bells', region: 'eu', batch: 'yes' },
  ],
  resend: [
    'resend://key:hub@example.com/ben@example.com',
    { to: 'x@example.com', cc: 'c@example.com', bcc: 'b@example.com', reply: 'r@example.com', name: 'N' },
  ],
  ses: [
    'ses://hub@example.com/AKIAIOSFODNN7EXAMPLE/secret/eu-west-1/ben@example.com',
    { to: 'x@example.com', cc: 'c@example.com', bcc: 'b@example.com', from: 'x@example.com', name: 'N', reply: 'r@example.com', region: 'us-east-1' },
  ],
  discord: [
    `discord://123456789012345678/${HOOK}`,
    {
      thread: '123456789012345679',
      tts: 'yes',
      avatar: 'yes',
      avatar_url: 'https://x.example/a.png',
      footer: 'yes',
      fields: 'yes',
      image: 'yes',
      href: 'x',
      ping: '@here',
      flags: '4',
    },
  ],
  slack: ['slack://T0A/B0B/c0C', { to: '#ops', footer: 'yes', image: 'yes', blocks: 'yes', token: 'x', timestamp: 'no', mode: 'hook' }],
  tgram: [
    `tgram://123456789:${'t'.repeat(35)}/-1001234567890`,
    { silent: 'yes', topic: '7', thread: '7', preview: 'yes', detect: 'yes', image: 'yes', mdv: 'v2', content: 'before' },
  ],
  mmosts: ['mmosts://chat.example.com/key', { channel: 'ops', to: 'ops', image: 'yes', icon_url: 'https://x.example/a.png', mode: 'bot' }],
  rockets: ['rockets://id%2Ftoken@chat.example.com', { to: 'ops', avatar: 'yes', mode: 'basic', webhook: 'x' }],
  workflows: [
    'workflows://x.example.com/0a1b/sig',
    { route: 'other', pa: 'yes', ver: '2020-01-01', image: 'yes', wrap: 'no', template: '/x', powerautomate: 'yes' },
  ],
  gchat: ['gchat://AAAA/key/token', { thread: 'x', workspace: 'B' }],
  feishu: ['feishu://token', { secret: 'x' }],
  lark: ['lark://token', { secret: 'x' }],
  gotifys: ['gotifys://push.example.com/token', { priority: 'high' }],
  barks: [
    'barks://push.example.com/key',
    { sound: 'alarm', level: 'critical', volume: '9', click: 'x', badge: '1', category: 'x', group: 'x', icon: 'x', call: 'yes', to: 'x' },
  ],
  matrixs: [
    'matrixs://token@matrix.example.com/!room:example.com',
    { token: 'other', msgtype: 'notice', mode: 'slack', image: 'yes', discovery: 'yes', version: '2', e2ee: 'yes' },
  ],
  pover: [
    `pover://${'u'.repeat(30)}@${'a'.repeat(30)}`,
    { sound: 'siren', interval: '90', expire: '7200', priority: 'emergency', url: 'x', url_title: 'x', ttl: '9', to: 'x' },
  ],
  pbul: ['pbul://token', { to: '#channel' }],
  join: ['join://key', { to: 'phone', priority: '2', image: 'yes' }],
  prowl: [`prowl://${'a'.repeat(40)}`, { priority: 'high' }],
  spush: ['spush://HuxgBB', { event: 'x' }],
  signals: ['signals://signal.example.com/%2B12025550123/%2B12025550124', { batch: 'yes', status: 'yes' }],
  zulip: ['zulip://bells@org/key/ops', { token: 'x', topic: 'x' }],
  twilio: [
    `twilio://AC${'0'.repeat(32)}:token@12025550123/12025550124`,
    { apikey: `SK${'1'.repeat(32)}`, method: 'call', from: '+12025550125', sid: 'x', token: 'x' },
  ],
  vonage: ['vonage://key:secret@Bells/12025550124', { ttl: '900000', from: 'x', key: 'x', secret: 'x' }],
  jsons: ['jsons://hook.example.com/x', { method: 'put', '+X-Own': '1', '-q': '1', ':title': 'subject' }],
  notifiarr: ['notifiarr://apikey/123456789012345678', { event: '7', image: 'yes', source: 'x', name: 'x', from: 'x' }],
  mqtts: ['mqtts://broker.example.com/home/alerts', { client_id: 'c1', retain: 'yes', qos: '2', session: 'yes', version: 'v5' }],
  apprises: ['apprises://api.example.com/key', { tags: 'ops', method: 'form', to: 'x' }],
  ntfys: [
    'ntfys://ntfy.example.com/alerts',
    {
      token: 't',
      auth: 'token',
      priority: 'max',
      tags: 'x',
      delay: '1h',
      email: 'a@example.com',
      attach: 'x',
      click: 'x',
      call: 'yes',
      actions: 'x',
      avatar_url: 'x',
      image: 'yes',
    },
  ],
}
/** Read by these schemes in general, or by a misspelling. */
const GENERAL = {
  format: 'text',
  overflow: 'split',
  emojis: 'yes',
  rto: '4.0',
  cto: '4.0',
  tz: 'UTC',
  store: 'no',
  retry: '2',
  wait: '1',
  soundd: 'x',
  prioritiy: 'x',
  verify: 'yes',
  tag: 'ops',
}

const shown = (url: string): string => {
  const found = read(url)
  return found === null || typeof found === 'string' ? `refused: ${found}` : JSON.stringify([found.settings, found.destination])
}
/** Schemes that differ by TLS or by a second name only. */
const sameAs = (scheme: string): string =>
  scheme in DOCUMENTED
    ? scheme
    : (Object.keys(DOCUMENTED).find((one) => read(DOCUMENTED[one]![0].replace(/^\w+/, scheme)) !== null && providerOf(one) === providerOf(scheme)) ?? '')
const providerOf = (scheme: string): string | undefined => providers.find(({ apprise }) => apprise?.schemes.includes(scheme))?.id

describe('the arguments of Apprise URLs', () => {
  it('are known for every scheme', () => expect(schemes.filter((scheme) => sameAs(scheme) === '')).toEqual([]))

  it.each(Object.keys(DOCUMENTED))('of %s:// change what it means, are refused by their name, or are harmless everywhere', (scheme) => {
    const [url, documented] = DOCUMENTED[scheme]!
    const plain = shown(url)
    expect(plain, url).not.toMatch(/^refused/)
    for (const [name, value] of Object.entries({ ...GENERAL, ...documented })) {
      const given = `${url}?${name.startsWith('+') ? name : encodeURIComponent(name)}=${encodeURIComponent(value)}`
      const outcome = shown(given)
      if (HARMLESS.has(name)) expect(outcome, given).toBe(plain)
      else if (outcome.startsWith('refused'))
        expect(outcome.toLowerCase(), given).toContain(
          /^[-+:]/.test(name) ? 'name=' : name === 'method' && scheme === 'twilio' ? 'call' : /^(user|pass)$/.test(name) ? name : name.slice(0, 8),
        )
      else expect(outcome, `${given} passes in silence`).not.toBe(plain)
      // The same in capitals and percent-encoded.
      const spelled = `${url}?${[...name].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join('')}=${encodeURIComponent(value)}`
      expect(shown(spelled), spelled).toBe(outcome)
      if (!/^[-+:]/.test(name)) expect(shown(`${url}?${name.toUpperCase()}=${encodeURIComponent(value)}`)).toBe(outcome)
    }
  })

  it.each(Object.keys(DOCUMENTED))('of %s:// are refused when they are given twice with different values', (scheme) => {
    const [name] = providers.find(({ apprise }) => apprise?.schemes.includes(scheme))?.apprise?.reads ?? []
    if (name !== undefined) expect(shown(`${DOCUMENTED[scheme]![0]}?${name}=a&${name}=b`)).toMatch(/twice/)
  })

  it('sign in where they are user and password (a mail server without encryption)', () => {
    const found = read('mailto://mail.example.com?mode=insecure&user=ana%40example.com&pass=s3cret&from=hub@example.com&to=ben@example.com')
    expect(found).toMatchObject({
      settings: { host: 'mail.example.com', port: 25, security: 'none', username: 'ana@example.com', password: 's3cret', from: 'hub@example.com' },
      destination: { address: 'ben@example.com' },
    })
  })

  it.each([
    ['gotifys://ana:pw@push.example.com/token', 'user name'],
    [`discord://me:pw@123456789012345678/${HOOK}`, 'password'],
    [`discord://123456789012345678/${HOOK}/more`, '/more'],
    ['mailto://mail.example.com?pass=x&from=hub@example.com', 'no user name'],
  ])('are not all that is honoured or refused: %s', (url, named) => expect(read(url)).toContain(named))

  it('of a stored URL are not judged again: it was checked when it was saved', () => {
    expect(read('gotifys://push.example.com/token?priority=high', true)).toMatchObject({ destination: { token: 'token' } })
  })
})

describe('the address of a webhook', () => {
  const DISCORD = `https://discord.com/api/webhooks/123456789012345678/${HOOK}`
  const CHAT = 'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t'
  const SLACK = 'https://hooks.slack.com/services/T0A/B0B/c0C'
  const check = (id: string, destination: object) => providers.find((one) => one.id === id)!.check({ destination: { ...destination } })

  it.each<[id: string, destination: object, pointer: string | null]>([
    ['discord', { webhookUrl: `${DISCORD}?thread_id=123456789012345679` }, null],
    ['discord', { webhookUrl: `${DISCORD}?wait=true` }, null],
    ['discord', { webhookUrl: `${DISCORD}?with_components=true` }, '/destination/webhookUrl'],
    ['discord', { webhookUrl: `${DISCORD}?thread_id=x` }, '/destination/webhookUrl'],
    ['discord', { webhookUrl: `${DISCORD}?thread_id=123456789012345679&thread_id=123456789012345670` }, '/destination/webhookUrl'],
    ['discord', { webhookUrl: `${DISCORD}?thread_id=123456789012345679`, threadId: '123456789012345670' }, '/destination/threadId'],
    ['discord', { webhookUrl: `${DISCORD}#general` }, '/destination/webhookUrl'],
    ['slack', { webhookUrl: `${SLACK}?channel=ops` }, '/destination/webhookUrl'],
    ['google-chat', { webhookUrl: `${CHAT}&threadKey=builds` }, null],
    ['google-chat', { webhookUrl: `${CHAT}&threadKey=builds&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD` }, null],
    ['google-chat', { webhookUrl: `${CHAT}&messageReplyOption=REPLY_MESSAGE_OR_FAIL` }, '/destination/webhookUrl'],
    ['google-chat', { webhookUrl: `${CHAT}&alt=json` }, '/destination/webhookUrl'],
    ['google-chat', { webhookUrl: `${CHAT}&threadKey=a`, threadKey: 'b' }, '/destination/threadKey'],
    ['feishu', { webhookUrl: 'https://open.feishu.cn/open-apis/bot/v2/hook/token?x=1' }, '/destination/webhookUrl'],
    ['mattermost', { webhookUrl: 'https://chat.example.com/hooks/key?channel=ops' }, '/destination/webhookUrl'],
    ['rocketchat', { webhookUrl: 'https://chat.example.com/hooks/id/token?channel=ops' }, '/destination/webhookUrl'],
    ['ntfy', { topic: 'https://ntfy.sh/alerts?auth=QmVhcmVyIHg&priority=5' }, '/destination/topic'],
    ['webhook', { url: 'https://hook.example.com/x?token=1' }, null],
    ['webhook', { url: 'https://hook.example.com/x#part' }, '/destination/url'],
  ])('of %s: %j is honoured, or refused with its pointer', (id, destination, pointer) => {
    expect([...new Set(check(id, destination).map((problem) => problem.pointer))]).toEqual(pointer === null ? [] : [pointer])
  })

  it('pasted as an Apprise URL says why it is refused', () => {
    expect(read(`${DISCORD}?with_components=true`)).toContain('with_components')
    expect(read(`${DISCORD}?thread_id=123456789012345679`)).toMatchObject({ provider: { id: 'discord' } })
  })

  it.each([
    ['gotify', { server: 'https://push.example.com/?token=x' }, '/settings/server'],
    ['bark', { server: 'https://push.example.com/#x' }, '/settings/server'],
    ['ntfy', { server: 'https://ntfy.example.com/?auth=x' }, '/settings/server'],
    ['zulip', { site: 'https://chat.example.com/?x=1', email: 'a@example.com', apiKey: 'k' }, '/settings/site'],
    ['matrix', { homeserver: 'https://matrix.example.com/?x=1', accessToken: 't' }, '/settings/homeserver'],
  ])('of a server of %s has no arguments: %j', (id, settings, pointer) => {
    expect(
      providers
        .find((one) => one.id === id)!
        .check({ settings })
        .map((problem) => problem.pointer),
    ).toContain(pointer)
  })
})
