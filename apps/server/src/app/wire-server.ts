import type { ServerParts } from '../http/server.ts'
import { createHealth } from '../operations/health.ts'
import { METRICS_TYPE } from '../operations/metrics.ts'
import { createRefusedCallers } from '../operations/refused-callers.ts'
import type { Services } from '../services/services.ts'
import { createTake } from '../services/take.ts'
import { onConfigChange } from '../storage/config-changes.ts'
import { version } from '../version.ts'
import type { Base, Rooms } from './parts.ts'
import { storageRefusal } from './storage-refusal.ts'
import { inboxPlugin } from './wire-inbox.ts'

/** Gives the HTTP edge its ports. */
export function wireServer(hub: Base & Rooms, services: Services): ServerParts {
  const { admission, clock, config, dialect, registry, ring, stores } = hub
  const listeners = new Set<() => void>()
  /** This node forgets remembered callers at once; another one as soon as it is notified. */
  const thenForget =
    <Given extends unknown[], T>(change: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      const result = await change(...given)
      for (const forget of listeners) forget()
      return result
    }
  const { keys, users } = services
  const deactivate = { put: thenForget(users.put), putAll: thenForget(users.putAll) }
  return {
    services: {
      ...services,
      keys: { ...keys, revoke: thenForget(keys.revoke) },
      users: {
        ...users,
        remove: thenForget(users.remove),
        put: (who, user) => (user.active === false ? deactivate : users).put(who, user),
        putAll: (who, all) => (all.some(({ active }) => active === false) ? deactivate : users).putAll(who, all),
      },
    },
    about: { name: config.instance, version },
    log: hub.log,
    cors: { own: new URL(config.baseUrl).origin, allowed: config.allowedOrigins },
    trustProxy: config.trustProxy,
    cursorSecret: ring.derive('cursors'),
    storageRefusal,
    refused: createRefusedCallers(hub.metrics, hub),
    stopping: () => admission.state().refusal === 'stopping',
    onCallersChanged(forget) {
      listeners.add(forget)
      return onConfigChange(dialect, (kind) => {
        if (kind === 'keys' || kind === 'users') forget()
      })
    },
    auth: { rootKey: config.rootKey, keys: stores.keys, userTokens: hub.userTokens, account: stores.users.account, clock },
    idempotency: stores.idempotency,
    take: createTake(stores.uses, clock),
    box: { seal: ring.encrypt, open: ring.decrypt },
    health: createHealth({ dialect, admission, diskFloor: config.diskFloor, registry, clock, issues: hub.issues }),
    metrics: { type: METRICS_TYPE, text: hub.metrics.text },
    plugins: [inboxPlugin(hub)],
  }
}
