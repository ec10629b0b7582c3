import type { Services } from '../../services/services.ts'
import type { App } from '../app.ts'
import type { About } from '../pages/home-page.ts'
import { channelRoutes } from './channels.ts'
import { connectionTestRoutes } from './connection-tests.ts'
import { connectionRoutes } from './connections.ts'
import { deliveryRoutes } from './deliveries.ts'
import { docsRoutes } from './docs.ts'
import { eventTypeRoutes } from './event-types.ts'
import { eventRoutes } from './events.ts'
import { myDestinationRoutes } from './me-destinations.ts'
import { myDeviceRoutes } from './me-devices.ts'
import { myPreferenceRoutes } from './me-preferences.ts'
import { myTopicRoutes } from './me-topics.ts'
import { type OperationParts, operationRoutes } from './operations.ts'
import { providerRoutes } from './providers.ts'
import { tagRoutes } from './tags.ts'
import { topicRoutes } from './topics.ts'
import { userRoutes } from './users.ts'

/** The needs of all routes together: the services, and data that is only shown. */
export interface RouteParts extends OperationParts {
  about: About
  services: Services
}

/** One plugin per resource, thin: parse, call, present. */
export function registerRoutes(app: App, parts: RouteParts): void {
  const { services } = parts
  eventRoutes(app, services)
  eventTypeRoutes(app, services)
  userRoutes(app, services)
  topicRoutes(app, services)
  channelRoutes(app, services)
  providerRoutes(app, services)
  connectionRoutes(app, services)
  connectionTestRoutes(app, services)
  tagRoutes(app, services)
  deliveryRoutes(app, services)
  myPreferenceRoutes(app, services)
  myDestinationRoutes(app, services)
  myDeviceRoutes(app, services)
  myTopicRoutes(app, services)
  operationRoutes(app, parts)
  docsRoutes(app, parts.about)
}
