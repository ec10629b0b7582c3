import type { Trouble } from '../domain/trouble.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'

type Failed = Pick<DeliveryError, 'failure' | 'code' | 'status' | 'throttled' | 'unreached'>

/** Somebody answered who is not the server that was meant. */
const ELSEWHERE: ReadonlySet<string> = new Set(['redirect', 'web_page'])

/** The first that fits. */
const KINDS: readonly [fits: (error: Failed) => boolean, trouble: Trouble][] = [
  [({ code }) => code === 'provider_bug', 'ours'],
  [({ throttled }) => throttled !== undefined, 'busy'],
  [({ unreached }) => unreached, 'unreachable'],
  [({ code }) => ELSEWHERE.has(code), 'failing'],
  [({ failure }) => failure === 'unreachable', 'gone'],
  [({ failure }) => failure === 'misconfigured', 'settings'],
  [({ failure }) => failure === 'rejected', 'refused'],
  [({ status }) => status === undefined, 'unreachable'],
]

/** What a failed attempt means to the person whom the message was for. */
export const troubleOf = (error: Failed): Trouble => KINDS.find(([fits]) => fits(error))?.[1] ?? 'failing'
