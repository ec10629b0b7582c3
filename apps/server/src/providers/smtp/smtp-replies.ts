import type { Kind } from './smtp-meanings.ts'

/** A reply of a mail server, and the command that it answers. */
export interface Reply {
  status: number
  /** Status code of RFC 3463, such as `5.7.1`; empty when there is none. */
  enhanced: string
  /** The whole reply on one line. */
  text: string
  /** `CONN`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, … */
  verb: string
}

interface Rule {
  kind: Kind
  words?: RegExp
  /** Of `status enhanced`. */
  codes?: RegExp
  verbs?: RegExp
}

const words = (kind: Kind, pattern: RegExp, more: Partial<Rule> = {}): Rule => ({ kind, words: pattern, ...more })
const codes = (kind: Kind, pattern: RegExp, more: Partial<Rule> = {}): Rule => ({ kind, codes: pattern, ...more })

const AFTER_GREETING = /^(MAIL|RCPT|DATA|BDAT)/
const RECIPIENT = /^RCPT/

/**
 * The subject of a reply, most specific words first: Postfix, Exim, Sendmail, qmail, Exchange and Office 365, Gmail, Amazon SES, Zoho, Yahoo,
 * Yandex, OVH, SendGrid, Mailgun, cPanel and Chinese providers. Any server may say any of it at any command: Postfix by default holds back what
 * it thinks of client, EHLO and sender until RCPT (`smtpd_delay_reject`). Sources: https://www.postfix.org/postconf.5.html,
 * https://support.google.com/a/answer/3726730, https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online,
 * https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html, RFC 3463, RFC 5248, RFC 7372.
 */
const RULES: readonly Rule[] = [
  words('unwelcome', /sendernotauthenticatedforgroup|allowed-senders|not in the allowed|recipient (does not|doesn't) accept|restricted to (its )?members/),
  words('later', /gr[ae]y.?list/, { codes: /^4/ }),
  words('later', /receiving (e?mails?|messages?) (at a rate|too)|user you are trying to (contact|reach) is receiving/),
  codes('full', /\d [45]\.2\.2$/),
  words('month', /(limit|quota|exceed|maximum|credit).{0,80}(month|\b30 days)|month\w{0,9}.{0,60}(limit|quota|exceed|maximum|credit)/),
  words(
    'day',
    /(limit|quota|exceed|maximum|too many|reached|allow).{0,90}(daily|per day|a day|today|24.?h|tomorrow)|(daily|per day|today|24.?h\w{0,9})\b.{0,90}(limit|quota|exceed|maximum|reached)/,
  ),
  words('hour', /(limit|quota|exceed|maximum|too many|max).{0,90}(hour)|hour\w{0,9}.{0,90}(limit|quota|exceed|maximum|reached)/),
  words(
    'mechanism',
    /(unrecogni[sz]ed|unknown|unsupported|no (supported|suitable|common)) (sasl |auth\w* )?(mechanism|type|method)|mechanism (is )?not (supported|available)/,
  ),
  words('appPassword', /application.specific password|app(lication)? password/),
  words(
    'security',
    /start ?tls|(tls|ssl|encryption|encrypted|secure)( connection| session| channel)? (is )?(required|needed|demanded|must)|(requires?|must use|use) (an? )?(tls|ssl|encrypt)|session encryption/,
  ),
  words(
    'signIn',
    /auth\w* (is )?(required|needed|first)|(must|need to|should|please|have to) (first )?(be )?(auth\w*|log ?in|sign ?in)\b|requires? (smtp )?auth|not (been )?(authenticated|logged in)(?! user)|(un|non-)authenticated (sender|user|client|mail)|log ?in (first|before)|pop3? (before|first)|check (your|for new) mail (first|before)|must be authenticated|without auth/,
  ),
  words('hello', /\b(helo|ehlo)\b|helohost/),
  // Exim's sender verification and Sendmail's look-up of the sender's domain do not say "rejected".
  words(
    'sender',
    /sender (address |email |mail |domain |is |was |has been |id )*(rejected|refused|denied|blocked|banned|blacklisted|invalid|not|un\w+|does|verify|must|is)|(envelope|unroutable|unverified|bad|invalid|bogus|wrong|outbound) (mail )?(sender|from)|sendas|(send|sent|sending) (mail )?(as|on behalf of|from) (this|that|the|another|an unverified|your)|domain of sender|domain name required for sender|(mail ?from|from:?)[ -](header |address|domain|field|identity)?.{0,40}(not|must|invalid|unverified|rejected|refused|denied|mismatch|does)|not (allowed|authori[sz]ed|permitted) to (send|use)( e?mails?| messages?)? (as|from)\b(?!.{0,30}\bip\b)|verified sender|address is not verified|not a verified|(isn.?t|is not|not) (one of your|owned by)|own(ed)? by (auth|user)|same as auth|equal auth|null mx|spf|dkim|dmarc|unauthenticated (email|mail|message)|fails? (sender|email) (policy|auth)/,
    { verbs: /^(?!AUTH)/ },
  ),
  words(
    'relay',
    /relay\w*\b.{0,40}(den|not|disallow|prohib|refus|reject|forbid)|(den|not|cannot|unable|refus|disallow|for)\w*\b.{0,40}\brelay|rcpthosts|non-accepted domain/,
  ),
  words(
    'client',
    /client (host|address|ip)|sending (host|server|ip)|reverse (dns|name|host|look|record|ip)|\bptr\b|\brdns\b|(cannot|can't|could not|unable to) (find|resolve|verify) your|(black|block|deny)[ -]?list|\b(dns|r)[bw]l\b|spamhaus|spamcop|barracuda|sorbs|unresolvable relay|ip name lookup|dynamic (ip|address)|dial-?up|open proxy|remotehost|(your|the|this|client|from) (ip|host|server|mail ?server|network|connection)\b.{0,60}(block|banned|reput|not allowed|reject|listed|denied|refused|prohibit|unauth|spam)|(unauthori[sz]ed|untrusted|not accepted from this|not in whitelist|banned|denied) (for )?(ip|host|server|address)|traffic not accepted|originating from your ip|(poor|low|bad) reputation/,
  ),
  words(
    'burst',
    /per (second|minute)|too (fast|quickly|often|frequently)|slow(er| down)|concurren|too many (\w+ )?(connections?|sessions|errors|login|auth\w*|attempts|failures)|connection (rate|limit)|throttl|temporarily deferred/,
  ),
  words(
    'account',
    /(outgoing|outbound) (mail |email )?(suspen|block|disab)|email outgoing blocked|(sending|account|smtpclientauth\w*|tenant|domain|user|customer|profile|service)\b.{0,50}(suspend|paused|deactivat|not (yet )?(been )?activat|frozen|terminated|has been (disabled|locked|blocked)|is (disabled|locked|blocked)|not allowed to send|not (authori[sz]ed|permitted) to (send|perform))|(suspended|locked|disabled) (account|user|sending)|spam abuse|(unusual|suspicious) (sending|sign-?in|login|activity)|(licen[sc]e|subscription|plan|payment|trial|billing|invoice)\b.{0,40}(expired|required|ended|fail|overdue|not)|user is locked|exceeded threshold/,
    { codes: /^(?!\d+ [45]\.2\.1$)/ },
  ),
  words(
    'day',
    /((send(ing)?|submission|outgoing|outbound|relay|smtp|messages?|mails?|e-?mails?|recipients?|policy|rate|thread|frequency|volume|credits?|account|hourly)[ -]?)(\w+[ -]){0,3}(limit|quota|limits|quotas|credits?) ?(\w+ ){0,4}(exceed|reach|hit)|(exceeded|reached|over|hit)( (the|your|its|our|a))?( \w+){0,4} ?(sending|message|mail|email|rate|recipient|relay|outgoing|submission)( \w+){0,2} (limit|quota)|maximum credits|quotaexceeded|sending quota|rate ?limit|exceeded.{0,30}frequency|frequency.{0,30}limit|too many (messages|e?mails)|too much mail|user has exceeded/,
    { codes: /^(?!552)/ },
  ),
  words(
    'full',
    /(mailbox|mail ?box|inbox|user|account|recipient|folder)\b.{0,40}(full|over ?quota|quota|exceeded|out of (space|storage))|over ?quota|quota (exceeded|full)|exceed\w* (storage|.{0,20}quota)|insufficient (disk|mail)/,
    { verbs: AFTER_GREETING },
  ),
  codes('large', /^552|\d 5\.(3\.4|2\.3)$/, { verbs: AFTER_GREETING }),
  words(
    'mailbox',
    /(user|mailbox|recipient|account|address|person|member|inbox)\b.{0,40}(unknown|not (found|exist|known|valid|present)|no longer|n.t exist|does not exist|invalid|inactive|disabled|unavailable|moved)|(unknown|no such|invalid|nonexist\w+|non-existent|bad|inactive|disabled) (local )?(user|mailbox|recipient|person|address|account|member|destination)|no (mailbox|account|user|one)\b.{0,30}(here|by that name|at this|found)|unrout\w+ address|recipient address rejected: (access denied|user|undeliverable|unverified)|recipient not ?found/,
    { codes: /^5/, verbs: RECIPIENT },
  ),
]

/** What remains is decided by its codes, and at last by the command. */
const BY_CODE: readonly Rule[] = [
  codes('noTls', /^5/, { verbs: /^STARTTLS/ }),
  codes('busy', /^421/),
  codes('busy', /^4/, { verbs: /^(CONN|EHLO|HELO|LHLO|STARTTLS)/ }),
  codes('busy', /\d 4\.3\.[0-5]$/),
  codes('burst', /\d 4\.7\.28$/),
  codes('security', /^523|^538|\d [45]\.7\.(4|10|11)$/),
  codes('password', /^535|\d 5\.7\.8$/),
  codes('account', /^525|\d 5\.7\.(12|13|14|139|50[123]|705)$/),
  codes('mechanism', /^534|^504/, { verbs: /^AUTH/ }),
  codes('signIn', /^530|\d 5\.7\.57$/),
  codes('sender', /\d [45]\.(1\.[78]|7\.2[0-46-7]|7\.60|7\.61|2\.252)$/),
  codes('client', /\d [45]\.7\.(25|506|511|512|513|606|708)$/),
  codes('relay', /\d [45]\.7\.(54|64|367)$/),
  codes('day', /\d [45]\.(4\.5|1\.90|7\.508|7\.23[23])$/),
  codes('later', /^4/),
  codes('mailbox', /\d 5\.(1\.(1|2|3|6|10)|2\.1)$/),
  codes('content', /\d 5\.6\.\d+$|\d 5\.3\.3$/),
  // Nothing was said about a recipient yet.
  codes('sender', /^5/, { verbs: /^MAIL/ }),
  codes('policy', /^50[023]|\d 5\.7\.\d+$/, { verbs: AFTER_GREETING }),
]

const GREETING = /^(CONN|EHLO|HELO|LHLO|STARTTLS)/
/** Only these are said at AUTH; everything else there is about user name and password. */
const AT_SIGN_IN: ReadonlySet<Kind> = new Set(['mechanism', 'appPassword', 'security', 'account', 'month', 'day', 'hour', 'burst', 'client', 'busy'])

/** The kind of a reply, or null when only its command is known: at a greeting it is about the connection, else about nothing in particular. */
export function kindOf(reply: Reply): Kind | null {
  const { status, enhanced, verb } = reply
  const said = wordsIn(reply.text)
  const code = `${status} ${enhanced}`.trim()
  const fits = (rule: Rule): boolean => (rule.words?.test(said) ?? true) && (rule.codes?.test(code) ?? true) && (rule.verbs?.test(verb) ?? true)
  if (verb.startsWith('AUTH')) {
    const kind = [...RULES, ...BY_CODE].find((rule) => AT_SIGN_IN.has(rule.kind) && fits(rule))?.kind
    return kind ?? (status < 500 ? 'busy' : 'password')
  }
  const kind = RULES.find(fits)?.kind ?? BY_CODE.find(fits)?.kind
  if (kind !== undefined) return kind
  return GREETING.test(verb) ? null : 'refused'
}

/** Without addresses, whose words say nothing: `<relay@example.com>`. Of a link only its host is kept, such as that of a block list. */
const wordsIn = (text: string): string =>
  text
    .slice(0, 1_000)
    .toLowerCase()
    .replace(/<[^<>]*>/g, '<>')
    .replace(/(?<![^\s<>])[^\s<>]+@[^\s<>]+/g, '@')
    .replace(/https?:\/\/([^\s/]+)\S*/g, '$1')

/** The reply in parts; the enhanced code also where qmail and others write it: `(#5.7.1)`. */
export function replyOf(text: string, status: number, command: string): Reply {
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? /[#(]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? ''
  return { status, enhanced, text, verb: command.split(' ')[0] ?? '' }
}
