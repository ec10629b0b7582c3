import { HOUR } from '../../domain/time.ts'
import type { HttpResponse } from '../kit/contract.ts'
import { entryOf, member } from '../kit/receipt.ts'
import type { Verdict } from '../kit/vendor-api.ts'

const LATER: Verdict = { failure: 'temporary' }
const MAILBOX: Verdict = { failure: 'misconfigured', field: '/settings/from' }
const PERMISSION: Verdict = { failure: 'misconfigured', field: '/settings/clientId' }
const TOO_LARGE: Verdict = { failure: 'rejected', scope: 'message' }

/** Codes of Graph and of Exchange behind it, https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode */
const CODES: Record<string, [verdict: Verdict, remedy?: string] | undefined> = {
  ErrorSendAsDenied: [MAILBOX, 'the signed-in account may not send as this sender; use its own address, or give it the right to send as this one'],
  MailboxNotEnabledForRESTAPI: [MAILBOX, 'the mailbox of the sender is not in Exchange Online, or has no licence'],
  MailboxNotSupportedForRESTAPI: [MAILBOX, 'the mailbox of the sender is not in Exchange Online'],
  ErrorInvalidUser: [MAILBOX, 'no such mailbox is in this tenant'],
  ErrorNonExistentMailbox: [MAILBOX, 'no such mailbox is in this tenant'],
  ResourceNotFound: [MAILBOX, 'no such mailbox is in this tenant'],
  Request_ResourceNotFound: [MAILBOX, 'no such mailbox is in this tenant'],
  ErrorAccessDenied: [PERMISSION, 'give the application the permission Mail.Send, and consent to it as an administrator'],
  Authorization_RequestDenied: [PERMISSION, 'give the application the permission Mail.Send, and consent to it as an administrator'],
  // The quota of a day: asking every few minutes does not help.
  ErrorExceededMessageLimit: [{ failure: 'temporary', throttled: 'target', retryAfterMs: HOUR }],
  ErrorMessageSizeExceeded: [TOO_LARGE],
  RequestBodyTooLarge: [TOO_LARGE],
  ErrorInvalidRecipients: [{ failure: 'rejected', scope: 'message' }],
  // The mailbox of the sender is full: every mail is stored there too.
  ErrorQuotaExceeded: [{ failure: 'temporary', field: '/settings/from' }, 'the mailbox of the sender is full'],
  ErrorServerBusy: [LATER],
  ErrorTooManyObjectsOpened: [LATER],
  ErrorMailboxStoreUnavailable: [LATER],
  ErrorMailboxMoveInProgress: [LATER],
  ErrorInternalServerTransientError: [LATER],
  ErrorTimeoutExpired: [LATER],
  ApplicationThrottled: [{ failure: 'temporary', throttled: 'target' }],
  TooManyRequests: [{ failure: 'temporary', throttled: 'target' }],
  activityLimitReached: [{ failure: 'temporary', throttled: 'target' }],
}

/** `{"error":{"code","message"}}`. */
export function verdict(response: HttpResponse): Verdict {
  const error = member(response.json(), 'error')
  const code = member(error, 'code')
  const message = member(error, 'message')
  const [known = {}, remedy] = entryOf(CODES, code) ?? []
  const said = [typeof code === 'string' ? code : '', remedy ?? (typeof message === 'string' ? message : '')].filter((part) => part !== '').join(', ')
  return { ...known, ...(said === '' ? {} : { said }), ...(typeof code === 'string' && /^\w{1,60}$/.test(code) ? { code } : {}) }
}
