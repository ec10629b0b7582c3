import { withDefaults } from '@carillon/pack'
import { type CatalogueEntry, toEntry } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'

/** Stands for a type that was deleted after its event was accepted: what was promised is still decided and delivered, in the plain look. */
export const deletedEventType = (event: Event): CatalogueEntry => ({
  ...toEntry(withDefaults({ key: event.type, name: event.type, category: 'system', priority: event.priority, severity: event.severity })),
  sensitive: event.sensitive !== null,
})
