import { type Millis, toIso } from '../domain/time.ts'
import type { InboxItem, InboxRow, Render, Rendered } from './item.ts'

/**
 * Converts a row for the API: texts are rendered now, so an edited template or another locale applies at once. An entry whose template
 * fails is shown with the name of its event type: one broken template must not break a whole inbox.
 */
export function createPresenter(render: Render, onError: (error: unknown) => void): (row: InboxRow) => Promise<InboxItem> {
  return async (row) => {
    let rendered: Rendered
    try {
      rendered = await render(row)
    } catch (error) {
      onError(error)
      rendered = { title: row.type, body: '', actions: [] }
    }
    return item(row, rendered)
  }
}

function item(row: InboxRow, { title, body, url, actions }: Rendered): InboxItem {
  return {
    id: row.id,
    eventId: row.eventId,
    type: row.type,
    category: row.category,
    priority: row.priority,
    severity: row.severity,
    title,
    body,
    ...(url !== undefined && isSafeTarget(url) ? { url } : {}),
    actions: actions.filter((action) => isSafeTarget(action.url)),
    data: row.event.data,
    createdAt: toIso(row.createdAt),
    seenAt: isoOrNull(row.seenAt),
    readAt: isoOrNull(row.readAt),
    archivedAt: isoOrNull(row.archivedAt),
    snoozedUntil: isoOrNull(row.snoozedUntil),
    expiresAt: isoOrNull(row.expiresAt),
  }
}

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : toIso(at))

/**
 * Whether a link target is permitted: http or mailto; paths were made absolute when they were rendered, and one of the page that shows the
 * inbox would lead to the hub itself. It is checked when the item is shown as well as when the event was accepted, since a template may have
 * produced the target. A browser removes tabs and line breaks inside a scheme (https://url.spec.whatwg.org/#concept-basic-url-parser).
 */
export function isSafeTarget(target: string): boolean {
  if (/[\u0000-\u0020\u007f]/.test(target)) return false
  return /^(?:https?:\/\/[^/\\]|mailto:)/i.test(target)
}
