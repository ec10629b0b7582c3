import { describe, expect, it } from 'vitest'
import { type Kind, MEANINGS } from './smtp-meanings.ts'
import { kindOf, replyOf } from './smtp-replies.ts'

const kindAt = (verb: string, text: string) => kindOf(replyOf(text, Number(text.slice(0, 3)), verb))

/** Documented and reported replies of each server, and their subject. The command is the one at which it was seen; most are the same at the others. */
const REPLIES: [kind: Kind, verb: string, reply: string][] = [
  // Postfix
  ['hello', 'RCPT', '504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname'],
  ['hello', 'RCPT', '450 4.7.1 <hub.lan>: Helo command rejected: Host not found'],
  ['hello', 'RCPT', '550 5.7.1 <[127.0.0.1]>: Helo command rejected: Access denied'],
  ['hello', 'RCPT', '501 5.5.4 <x_y>: Helo command rejected: Invalid name'],
  ['client', 'RCPT', '450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]'],
  ['client', 'RCPT', '450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.7]'],
  ['client', 'RCPT', '554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.7'],
  ['client', 'RCPT', '554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied'],
  ['relay', 'RCPT', '554 5.7.1 <ana@example.org>: Relay access denied'],
  ['relay', 'RCPT', '454 4.7.1 <ana@example.org>: Relay access denied'],
  ['relay', 'RCPT', '554 5.7.1 <ana@example.org>: Recipient address rejected: Relay access denied'],
  ['sender', 'RCPT', '553 5.7.1 <hub@example.com>: Sender address rejected: not owned by user ana'],
  ['signIn', 'RCPT', '553 5.7.1 <hub@example.com>: Sender address rejected: not logged in'],
  ['sender', 'RCPT', '450 4.1.8 <hub@localhost.localdomain>: Sender address rejected: Domain not found'],
  ['sender', 'RCPT', '504 5.5.2 <hub@localhost>: Sender address rejected: need fully-qualified address'],
  ['sender', 'RCPT', '550 5.7.23 <ana@example.org>: Recipient address rejected: Message rejected due to: SPF fail - not authorized'],
  ['security', 'MAIL', '530 5.7.0 Must issue a STARTTLS command first'],
  ['security', 'RCPT', '550 5.7.1 Session encryption is required'],
  ['burst', 'MAIL', '450 4.7.1 Error: too many connections from 192.0.2.7'],
  ['day', 'MAIL', '450 4.7.1 Error: too much mail from 192.0.2.7'],
  ['busy', 'RCPT', '452 4.3.1 Insufficient system storage'],
  ['busy', 'DATA', '451 4.3.0 Error: queue file write error'],
  ['large', 'MAIL', '552 5.3.4 Message size exceeds fixed limit'],
  ['mailbox', 'RCPT', '550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown in virtual mailbox table'],
  ['mailbox', 'RCPT', '550 5.1.1 <hello@example.org>: Recipient address rejected: User unknown in local recipient table'],
  ['mailbox', 'RCPT', '550 5.1.1 <relay@example.org>... User unknown'],
  ['later', 'RCPT', '450 4.2.0 <ana@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/help/example.org.html'],
  ['day', 'RCPT', '554 5.7.1 <ana@example.org>: Recipient address rejected: Policy quota exceeded for sender'],
  // Exim, cPanel
  ['relay', 'RCPT', '550 relay not permitted'],
  ['signIn', 'RCPT', '550 5.7.1 Relaying not permitted, authentication needed'],
  ['signIn', 'RCPT', '550 authentication required'],
  ['hello', 'EHLO', '501 Syntactically invalid EHLO argument(s)'],
  ['hello', 'RCPT', '550 "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"'],
  ['hello', 'RCPT', '550 HELO should be a FQDN or address literal (See RFC 2821 4.1.1.1)'],
  ['sender', 'RCPT', '550-Verification failed for <hub@example.com> 550 Sender verify failed'],
  ['mailbox', 'RCPT', '550 Unrouteable address'],
  ['mailbox', 'RCPT', '550 No Such User Here'],
  ['client', 'CONN', '550-rejected because 192.0.2.7 is in a black list at bl.spamcop.net'],
  ['client', 'RCPT', '550 Reverse DNS lookup failed for host 192.0.2.7.'],
  ['hour', 'DATA', '550 Domain example.com has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded.'],
  ['account', 'RCPT', '550 example.com has an outgoing mail suspension. Message discarded.'],
  ['burst', 'CONN', '421 Too many concurrent SMTP connections; please try again later.'],
  // Sendmail
  ['signIn', 'RCPT', '550 5.7.1 <ana@example.org>... Relaying denied. Proper authentication required.'],
  ['sender', 'MAIL', '553 5.1.8 <hub@x.invalid>... Domain of sender address hub@x.invalid does not exist'],
  ['sender', 'MAIL', '451 4.1.8 Domain of sender address hub@x.example does not resolve'],
  ['sender', 'MAIL', '553 5.5.4 <hub>... Domain name required for sender address hub'],
  ['client', 'MAIL', '550 5.7.1 Fix reverse DNS for 192.0.2.7'],
  ['client', 'RCPT', '550 5.7.1 Access denied. IP name lookup failed [192.0.2.7]'],
  ['mailbox', 'RCPT', '550 5.1.1 <ana@example.org>... User unknown'],
  // qmail
  ['relay', 'RCPT', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
  ['sender', 'MAIL', '553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)'],
  ['mailbox', 'RCPT', '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)'],
  ['large', 'DATA', '552 sorry, that message size exceeds my databytes limit (#5.3.4)'],
  ['relay', 'RCPT', '553 sorry, relaying denied from your location [192.0.2.7] (#5.7.1)'],
  // Gmail
  ['day', 'DATA', '550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852'],
  ['day', 'RCPT', '550-5.4.5 Daily user sending quota exceeded. x12sm1'],
  ['day', 'RCPT', '550 5.4.5 Daily SMTP relay limit exceeded for user.'],
  ['day', 'DATA', '550 5.7.1 Daily SMTP relay sending limit exceeded for customer.'],
  ['signIn', 'MAIL', '530 5.7.0 Authentication Required. For more information, go to https://support.google.com/mail/?p=WantAuthError'],
  ['relay', 'RCPT', '550 5.7.1 Mail relay denied [192.0.2.7]. Invalid credentials for relay for one of the domains in: example.com'],
  ['password', 'AUTH', '535 5.7.8 Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials'],
  [
    'appPassword',
    'AUTH',
    '534 5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor',
  ],
  ['client', 'DATA', '550 5.7.25 The IP address sending this message does not have a PTR record setup'],
  ['client', 'DATA', '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.'],
  ['sender', 'DATA', "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy."],
  ['later', 'RCPT', '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.'],
  ['later', 'RCPT', '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.'],
  ['mailbox', 'RCPT', '550 5.2.1 The email account that you tried to reach is disabled.'],
  ['mailbox', 'RCPT', '550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address'],
  ['full', 'RCPT', '452 4.2.2 The email account that you tried to reach is over quota and inactive.'],
  ['full', 'RCPT', '552 5.2.2 The email account that you tried to reach is over quota.'],
  // Exchange, Office 365
  ['sender', 'DATA', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
  ['sender', 'DATA', '554 5.2.252 SendAsDenied; ana@example.org not allowed to send as hub@example.com'],
  ['sender', 'DATA', '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message'],
  ['day', 'DATA', '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message'],
  ['day', 'RCPT', "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients"],
  ['day', 'RCPT', "550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit for sending email to external recipients"],
  ['signIn', 'MAIL', '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM'],
  ['relay', 'RCPT', '550 5.7.64 TenantAttribution; Relay Access Denied'],
  ['relay', 'RCPT', '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain'],
  ['relay', 'RCPT', '550 5.7.1 Unable to relay'],
  ['account', 'AUTH', '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.'],
  ['account', 'DATA', '550 5.7.501 Access denied, spam abuse detected'],
  ['account', 'DATA', '550 5.7.705 Access denied, tenant has exceeded threshold'],
  ['sender', 'DATA', '550 5.1.8 Access denied, bad outbound sender'],
  ['client', 'RCPT', '550 5.7.606 Access denied, banned sending IP [192.0.2.7]'],
  ['client', 'RCPT', '550 5.7.708 Access denied, traffic not accepted from this IP'],
  ['hello', 'RCPT', '550 5.7.506 Access Denied, Bad HELO'],
  ['mailbox', 'RCPT', '550 5.4.1 Recipient address rejected: Access denied.'],
  ['mailbox', 'RCPT', '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'],
  ['unwelcome', 'RCPT', '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed'],
  ['burst', 'DATA', '432 4.3.2 Concurrent connections limit exceeded'],
  // Amazon SES
  ['day', 'DATA', '454 Throttling failure: Daily message quota exceeded.'],
  ['burst', 'DATA', '454 Throttling failure: Maximum sending rate exceeded.'],
  ['sender', 'DATA', '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: hub@example.com'],
  ['account', 'DATA', '554 Message rejected: Sending suspended for this account. For more information, please check the inbox of the email address'],
  ['account', 'DATA', '554 Access denied: User `arn:aws:iam::1:user/x` is not authorized to perform `ses:SendRawEmail` on resource'],
  ['password', 'AUTH', '535 Authentication Credentials Invalid'],
  ['signIn', 'MAIL', '530 Authentication required'],
  ['security', 'AUTH', '530 Must issue a STARTTLS command first'],
  // SendGrid, Mailgun, Mailtrap, Brevo
  ['sender', 'DATA', '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.'],
  ['day', 'AUTH', '451 Authentication failed: Maximum credits exceeded'],
  ['signIn', 'MAIL', '550 Unauthenticated senders not allowed'],
  ['account', 'DATA', '421 Domain sandbox1.mailgun.org is not allowed to send: Free accounts are for test purposes only.'],
  ['burst', 'DATA', '550 5.7.0 Requested action not taken: too many emails per second'],
  ['client', 'AUTH', '525 5.7.1 Unauthorized IP address'],
  ['account', 'DATA', '502 5.7.0 Your SMTP account is not yet activated. Please contact us'],
  // Zoho, Yahoo, Yandex, OVH, iCloud, Fastmail, Chinese providers
  ['account', 'DATA', '550 5.4.6 Unusual sending activity detected. Please try after sometime'],
  ['sender', 'DATA', '553 5.7.1 Sender is not allowed to relay emails'],
  ['account', 'MAIL', '554 5.1.8 Email Outgoing Blocked'],
  ['client', 'CONN', "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in Spamhaus's list"],
  ['burst', 'MAIL', '421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints'],
  ['sender', 'MAIL', '553 5.7.1 Sender address rejected: not owned by auth user.'],
  ['sender', 'MAIL', '550 5.7.0 From address is not one of your addresses.'],
  ['sender', 'DATA', '551 5.7.1 Not authorised to send from this header address'],
  ['sender', 'MAIL', '501 mail from address must be same as authorization user'],
  ['sender', 'MAIL', '553 Mail from must equal authorized user'],
  ['day', 'DATA', '550 User has exceeded its 24-hour sending limit. Messages to 5 recipients out of 5 allowed have been sent.'],
  ['day', 'DATA', '550 Sending frequency limited: the user has exceeded the sending frequency'],
  ['day', 'RCPT', '450 Requested mail action not taken: sending limit exceeded'],
  // By codes alone
  ['security', 'AUTH', '538 5.7.11 No'],
  ['mechanism', 'AUTH', '504 5.5.4 Unrecognized authentication type'],
  ['password', 'AUTH', '535 No'],
  ['busy', 'AUTH', '454 4.7.0 Temporary'],
  ['busy', 'CONN', '421 4.3.2 Busy'],
  ['sender', 'MAIL', '550 5.7.1 Not your domain'],
  ['signIn', 'MAIL', '530 5.7.0 Sign in first'],
  ['sender', 'RCPT', '550 5.1.8 No'],
  ['day', 'RCPT', '550 5.4.5 No'],
  ['mailbox', 'RCPT', '550 5.1.1 No'],
  ['mailbox', 'RCPT', '550 5.2.1 Mailbox disabled'],
  ['full', 'RCPT', '552 5.2.2 Mailbox full'],
  ['later', 'DATA', '451 4.7.1 Try later'],
  ['content', 'DATA', '554 5.6.0 Bad content'],
  ['policy', 'DATA', '554 5.7.1 Spam'],
  ['refused', 'RCPT', '550 No'],
]

describe('the subject of a reply', () => {
  it.each(REPLIES)('is %s at %s: %s', (kind, verb, reply) => expect(kindAt(verb, reply)).toBe(kind))

  it('is the same at MAIL, RCPT and DATA where the words say it', () => {
    const said = REPLIES.filter(
      ([kind, verb]) => ['hello', 'client', 'relay', 'sender', 'signIn', 'security', 'account', 'day', 'hour', 'burst'].includes(kind) && verb === 'RCPT',
    )
    // Its code says what its words do not.
    const differing = said.filter(([kind, , reply]) => ['MAIL', 'DATA'].some((verb) => kindAt(verb, reply) !== kind))
    expect(differing).toEqual([])
  })

  it('is never read from an address', () => {
    for (const word of ['helo', 'relay-not', 'spf', 'daily.limit.exceeded', 'starttls', 'sender-rejected', 'auth.required', 'blocklist'])
      for (const shown of [`<${word}@example.org>`, `${word}@example.org`, `<${word}.example.org>`])
        expect(kindAt('RCPT', `550 5.1.1 ${shown}: User unknown`)).toBe('mailbox')
  })

  it('of a connection, an account, a sender or a limit never costs the mail', () => {
    for (const meaning of Object.values(MEANINGS))
      if (meaning.about !== undefined && !['recipient', 'message'].includes(meaning.about))
        expect(meaning).toMatchObject({ scope: 'target', failure: /temporary|misconfigured/.exec(meaning.failure)?.[0] })
  })
})
