import { nearest } from '../domain/nearest.ts'
import { CarillonError } from '../errors.ts'
import type { App } from './app.ts'

/** Records every route, to distinguish an unknown path (404) from an unsupported method (405). */
export function createAnswers(app: App) {
  const routes: { method: string; path: string; pattern: RegExp }[] = []
  const methodsOf = (url: string): string[] => {
    const path = pathOf(url)
    return [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
  }

  /** The path that was probably meant: without a slash too many, below /v1, or with a name as a route has it; null when none is near. */
  function meant(path: string): string | null {
    const clean = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
    const known = [clean, `/v1${clean}`].find((one) => methodsOf(one).length > 0)
    if (known !== undefined) return known
    const given = clean.split('/')
    // What stands at the place of an id is an id.
    const alike = routes.map(({ path: own }) =>
      own
        .split('/')
        .map((part, i) => (part.startsWith(':') ? (given[i] ?? part) : part))
        .join('/'),
    )
    return nearest(clean, [...new Set(alike)])
  }

  app.addHook('onRoute', ({ method, url }) => {
    const escaped = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')
    for (const one of [method].flat()) routes.push({ method: one, path: url, pattern: new RegExp(`^${escaped}$`) })
  })
  return {
    methodsOf,
    /** An id in a path has at least one character: without this, `/v1/users/` would ask for the user with no id. */
    hasEmptyPart: (url: string): boolean => /\/\/|.\/$/.test(pathOf(url)),
    /** `not_found` for a path that is no route. */
    noRoute(url: string): CarillonError {
      const near = meant(pathOf(url))
      return new CarillonError('not_found', {
        detail: near === null ? 'No route has this path; /docs lists them all.' : `No route has this path (did you mean ${near}?); /docs lists them all.`,
      })
    },
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''
