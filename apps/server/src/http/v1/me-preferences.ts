import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { askerOf } from '../callers/caller.ts'
import * as schemas from './schemas/people.ts'

export function myPreferenceRoutes(app: App, { preferences }: Pick<Services, 'preferences'>): void {
  const own = { config: { own: true } } as const

  app.get('/v1/me/routing', { ...own, schema: { response: { 200: schemas.Routing } } }, (request) => preferences.matrix(askerOf(request)))

  app.put('/v1/me/routing', { ...own, schema: { body: schemas.RoutingInput, response: { 200: schemas.Routing } } }, (request) =>
    preferences.putMatrix(askerOf(request), request.body),
  )

  app.get('/v1/me/preferences', { ...own, schema: { response: { 200: schemas.Preferences } } }, (request) => preferences.get(askerOf(request)))

  app.patch('/v1/me/preferences', { ...own, schema: { body: schemas.PreferencesInput, response: { 200: schemas.Preferences } } }, (request) =>
    preferences.patch(askerOf(request), request.body),
  )
}
