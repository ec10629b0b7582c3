import { type CheckAddress, createForms } from '../../forms/check.ts'
import type { DeliveryAdmin } from '../../storage/operations/deliveries-admin.ts'
import type { TopicStore } from '../../storage/people/topics.ts'
import type { App } from '../app.ts'
import type { PipelinePort } from '../ports.ts'
import { type ChannelParts, channelRoutes } from './channels.ts'
import { type ConnectionParts, connectionRoutes } from './connections.ts'
import { deliveryRoutes } from './deliveries.ts'
import { docsRoutes } from './docs.ts'
import { type EventTypeParts, eventTypeRoutes } from './event-types.ts'
import { eventRoutes } from './events.ts'
import { type MyDestinationParts, myDestinationRoutes } from './me-destinations.ts'
import { type MyDeviceParts, myDeviceRoutes } from './me-devices.ts'
import { type MyPreferenceParts, myPreferenceRoutes } from './me-preferences.ts'
import { myTopicRoutes } from './me-topics.ts'
import { type OperationParts, operationRoutes } from './operations.ts'
import { type ProviderParts, providerRoutes } from './providers.ts'
import { tagRoutes } from './tags.ts'
import { topicRoutes } from './topics.ts'
import { type UserParts, userRoutes } from './users.ts'

/** What all routes together need; each takes its own few of these. */
export interface RouteParts
  extends UserParts,
    OperationParts,
    Omit<EventTypeParts, 'pipeline'>,
    Omit<MyPreferenceParts, keyof ChannelParts | 'catalogue'>,
    Pick<ChannelParts, 'channels' | 'served'>,
    Omit<ConnectionParts, 'checkForm'>,
    Omit<MyDestinationParts, 'checkForm'>,
    Omit<MyDeviceParts, 'checkForm'>,
    Pick<ProviderParts, 'listOptions'> {
  pipeline: PipelinePort
  deliveries: DeliveryAdmin
  topics: TopicStore
  checkAddress: CheckAddress
}

/** One plugin per resource, thin: parse, call, present. */
export function registerRoutes(app: App, parts: RouteParts): void {
  const forms = { ...parts, checkForm: createForms(parts.checkAddress) }
  eventRoutes(app, parts)
  eventTypeRoutes(app, parts)
  userRoutes(app, parts)
  topicRoutes(app, parts)
  channelRoutes(app, parts)
  providerRoutes(app, forms)
  connectionRoutes(app, forms)
  tagRoutes(app, parts)
  deliveryRoutes(app, parts)
  myPreferenceRoutes(app, parts)
  myDestinationRoutes(app, forms)
  myDeviceRoutes(app, forms)
  myTopicRoutes(app, parts)
  operationRoutes(app, parts)
  docsRoutes(app)
}
