import { setFlagsFromString } from 'node:v8'

/**
 * While modules load, V8 doubles its young generation again and again and never gives it back: an idle hub would keep 40 MB for
 * nothing. So it may not grow until the start is over; the answered function lets it grow again, for the load that comes then.
 */
export function startSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1')
  return () => setFlagsFromString('--semi-space-growth-factor=2')
}
