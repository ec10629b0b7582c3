import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { App } from '../app.ts'
import { TagPage } from './schemas/forms.ts'

/** For a picker of tags: those that connections have. */
export function tagRoutes(app: App, { connections }: { connections: Pick<ConnectionStore, 'all'> }): void {
  app.get('/v1/tags', { config: { scope: 'read' }, schema: { response: { 200: TagPage } } }, async () => {
    const tags = (await connections.all()).flatMap((connection) => connection.tags)
    const counted = Map.groupBy(tags, (tag) => tag)
    const items = [...counted].map(([tag, { length }]) => ({ tag, connections: length })).toSorted((a, b) => a.tag.localeCompare(b.tag))
    return { items, nextCursor: null }
  })
}
