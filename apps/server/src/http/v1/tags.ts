import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import { TagPage } from './schemas/forms.ts'

/** For a tag picker: the tags of all connections. */
export function tagRoutes(app: App, { connections }: Pick<Services, 'connections'>): void {
  app.get('/v1/tags', { config: { scope: 'read' }, schema: { response: { 200: TagPage } } }, async () => ({
    items: await connections.tags(),
    nextCursor: null,
  }))
}
