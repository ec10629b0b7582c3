import type { Asker, Scope } from '../domain/caller.ts'
import { requireScope } from '../security/rights.ts'

type Action<Given extends unknown[], T> = (who: Asker, ...given: Given) => Promise<T>

/** An action that throws `forbidden` for callers without this scope, at every entrance. */
export const needs =
  (scope: Scope) =>
  <Given extends unknown[], T>(action: Action<Given, T>): Action<Given, T> =>
  async (who, ...given) => {
    requireScope(who.caller, scope)
    return action(who, ...given)
  }
