import { withDefaults } from '@carillon/pack'
import { type CatalogueEntry, toEntry } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'

/** Stands in for a type that was deleted after its event was accepted. The event is still decided and delivered, in the plain look. */
export const deletedEventType = (event: Event): CatalogueEntry => ({
  ...toEntry(withDefaults({ key: event.type, name: event.type, category: 'system', priority: event.priority, severity: event.severity })),
  sensitive: event.sensitive !== null,
})
