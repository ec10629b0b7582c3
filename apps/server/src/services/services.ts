import type { Rows } from '../domain/page.ts'
import type { AuditQuery } from '../storage/operations/audit-list.ts'
import type { AuditLogTable as AuditRow } from '../storage/schema.ts'
import type { ChannelService } from './channels.ts'
import type { ConnectionService } from './connections/connections.ts'
import type { DeliveryService } from './deliveries.ts'
import type { DestinationService } from './destinations.ts'
import type { DeviceService } from './devices.ts'
import type { EventTypeService } from './event-types.ts'
import type { EventService } from './events.ts'
import type { KeyService } from './keys.ts'
import type { PreferenceService } from './preferences.ts'
import type { ProviderService } from './providers.ts'
import type { PushKeyService } from './push-keys.ts'
import type { TopicService } from './topics.ts'
import type { UserService } from './users.ts'

export type { AuditRow }

/** The actions of the hub, for every caller: the API, a pack, the command line. A store without rules beside it is the service itself. */
export interface Services {
  /** Newest first. */
  audit(query: AuditQuery): Promise<Rows<AuditRow>>
  channels: ChannelService
  connections: ConnectionService
  deliveries: DeliveryService
  destinations: DestinationService
  devices: DeviceService
  events: EventService
  eventTypes: EventTypeService
  keys: KeyService
  preferences: PreferenceService
  providers: ProviderService
  pushKeys: PushKeyService
  topics: TopicService
  users: UserService
}
