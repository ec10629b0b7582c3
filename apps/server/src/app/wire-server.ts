import type { ServerParts } from '../http/server.ts'
import { createHealth } from '../operations/health.ts'
import { METRICS_TYPE } from '../operations/metrics.ts'
import type { Services } from '../services/services.ts'
import { onConfigChange } from '../storage/config-changes.ts'
import type { Base, Rooms } from './parts.ts'
import { storageRefusal } from './storage-refusal.ts'
import { inboxPlugin } from './wire-inbox.ts'

/** Gives the HTTP edge its ports. */
export function wireServer(hub: Base & Rooms, services: Services): ServerParts {
  const { admission, clock, config, dialect, registry, ring, stores } = hub
  const onKeys = new Set<() => void>()
  return {
    // This node knows at once; another one as soon as it is notified.
    services: {
      ...services,
      keys: {
        ...services.keys,
        async revoke(...given) {
          await services.keys.revoke(...given)
          for (const forget of onKeys) forget()
        },
      },
    },
    log: hub.log,
    trustProxy: config.trustProxy,
    storageRefusal,
    stopping: () => admission.state().refusal === 'stopping',
    onKeysChanged(forget) {
      onKeys.add(forget)
      return onConfigChange(dialect, (kind) => {
        if (kind === 'keys') forget()
      })
    },
    auth: { rootKey: config.rootKey, keys: stores.keys, userTokens: hub.userTokens, isActive: stores.users.isActive, clock },
    idempotency: stores.idempotency,
    box: { seal: (text, aad) => ring.encrypt(text, aad), open: (text, aad) => ring.decrypt(text, aad) },
    health: createHealth({ dialect, admission, registry, clock, issues: hub.healthWatch.known }),
    metrics: { type: METRICS_TYPE, text: hub.metrics.text },
    plugins: [inboxPlugin(hub)],
  }
}
