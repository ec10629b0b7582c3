import type { App } from './app.ts'

/** Records every route, to distinguish an unknown path (404) from an unsupported method (405). */
export function createAnswers(app: App): { methodsOf(url: string): string[] } {
  const routes: { method: string; pattern: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const escaped = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')
    for (const one of [method].flat()) routes.push({ method: one, pattern: new RegExp(`^${escaped}$`) })
  })
  return {
    methodsOf(url) {
      const path = url.split('?', 1)[0] ?? ''
      return [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
    },
  }
}
