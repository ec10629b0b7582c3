import type { Decision, Verdict } from './decision.ts'

/**
 * The decisions of one person as they are interned: `in_app=deliver:routed email=skip:route_off`. The time of a hold is not in it. It is
 * stored with the delivery, so that all people who are held for the same reason share one set.
 */
export type DecisionSet = string

/** `channels` and `verdicts` in the same order. */
export function toSet(channels: readonly { name: string }[], verdicts: readonly Verdict[]): DecisionSet {
  let set = ''
  for (const [i, { decision, reason }] of verdicts.entries()) set += `${set === '' ? '' : ' '}${channels[i]!.name}=${decision}:${reason}`
  return set
}

/** The reverse of `toSet`, for the trace. */
export const fromSet = (set: DecisionSet): Decision[] =>
  set === ''
    ? []
    : set.split(' ').map((part) => {
        const [, channel, decision, reason] = /^(.+)=(\w+):(\w+)$/.exec(part) ?? []
        return { channel: channel ?? null, decision: decision as Decision['decision'], reason: reason as Decision['reason'] }
      })
