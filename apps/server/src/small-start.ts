import { setFlagsFromString } from 'node:v8'

/**
 * While modules load, V8 doubles its young generation repeatedly and never shrinks it: an idle hub would keep 40 MB unused.
 * So it must not grow during the start; the returned function lets it grow again, for the load after it.
 */
export function startSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1')
  return () => setFlagsFromString('--semi-space-growth-factor=2')
}
