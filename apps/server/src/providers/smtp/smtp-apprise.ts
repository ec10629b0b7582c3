import { quoted } from '../../domain/quoted.ts'
import type { Apprise } from '../kit/apprise-url.ts'
import { appriseMail, mailboxText, senderOf } from '../kit/mail.ts'

interface Way {
  host?: string
  port: number
  security: 'none' | 'starttls' | 'tls'
}

const MODES: Record<string, Way | undefined> = {
  starttls: { port: 587, security: 'starttls' },
  ssl: { port: 465, security: 'tls' },
  insecure: { port: 25, security: 'none' },
}

const submission = (host: string): Way => ({ host, port: 587, security: 'starttls' })
const implicit = (host: string): Way => ({ host, port: 465, security: 'tls' })

/** Outgoing servers of well-known mail domains, where they differ from the domain. */
const WELL_KNOWN: [domain: RegExp, way: Way][] = [
  [/^(gmail|googlemail)\.com$/, submission('smtp.gmail.com')],
  [/^(outlook|hotmail|live|msn)\.com$/, submission('smtp-mail.outlook.com')],
  [/^office365\.com$/, submission('smtp.office365.com')],
  [/^gmx\.(net|de|at|ch)$/, submission('mail.gmx.net')],
  [/^gmx\.com$/, submission('mail.gmx.com')],
  [/^zoho\.com$/, submission('smtp.zoho.com')],
  [/^qq\.com$/, submission('smtp.qq.com')],
  [/^yahoo\.com$/, implicit('smtp.mail.yahoo.com')],
  [/^yandex\.(com|ru)$/, implicit('smtp.yandex.com')],
  [/^fastmail\.(com|fm)$/, implicit('smtp.fastmail.com')],
  [/^163\.com$/, implicit('smtp.163.com')],
  [/^comcast\.net$/, implicit('smtp.comcast.net')],
]

/** https://github.com/caronc/apprise/wiki/Notify_email: like mailtos, mailto means STARTTLS on 587, unless `mode` or a known port says otherwise. */
export const smtpUrls: Apprise = {
  schemes: ['mailto', 'mailtos'],
  identity: 'both',
  reads: ['to', 'cc', 'bcc', 'from', 'name', 'smtp', 'mode', 'reply'],
  parse(url) {
    const { user, password, host, port, path, query } = url
    if (password !== undefined && user === undefined) return 'The URL has a password and no user name: give user='
    const known = query.has('smtp') || query.has('mode') || port !== undefined ? undefined : WELL_KNOWN.find(([domain]) => domain.test(host.toLowerCase()))?.[1]
    const mode = query.get('mode') ?? (port === 465 ? 'ssl' : port === 25 ? 'insecure' : 'starttls')
    const way = known ?? MODES[mode]
    if (way === undefined) return `mode must be starttls, ssl or insecure, not ${quoted(mode)}`
    const own = user === undefined ? undefined : user.includes('@') ? user : `${user}@${host}`
    // `from` is an address, or a display name for the account's address.
    const given = query.get('from')
    const sender = senderOf((given?.includes('@') ? given : own) ?? '')
    if (sender === null) return 'The URL names no sender: give a user name or ?from='
    const name = query.get('name') ?? (given?.includes('@') ? sender.name : (given ?? ''))
    const to = appriseMail(path.length > 0 || query.has('to') ? path : [sender.address], url)
    if (typeof to === 'string') return to
    const settings = {
      host: query.get('smtp') ?? way.host ?? host,
      port: port ?? way.port,
      security: way.security,
      from: mailboxText({ name, address: sender.address }),
      // Well-known providers require the full address as the user name.
      ...(user === undefined || password === undefined ? {} : { username: known === undefined ? user : own, password }),
      ...(query.has('reply') ? { replyTo: query.get('reply') } : {}),
    }
    return { settings, destination: to }
  },
}
