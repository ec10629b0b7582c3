import type { Doors } from '../../delivery/attempt.ts'
import type { Http } from '../../providers/kit/contract.ts'

function needsMain(): never {
  throw new Error('a provider that uses dial, kept, scripts or logLine needs inMain')
}

/** In place of what only the main thread has. A provider that uses it must say `inMain`; without this it would behave as if its settings lacked something. */
export const mainOnly: Required<Pick<Doors, 'kept' | 'scripts' | 'logLine'>> = {
  kept: () => ({ read: needsMain, replace: needsMain }),
  scripts: { find: needsMain, run: needsMain },
  logLine: needsMain,
}

export const withoutDial = (http: Http): Http => ({ ...http, dial: needsMain })
