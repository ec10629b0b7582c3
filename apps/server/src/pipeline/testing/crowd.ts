import type { Audience } from '../../domain/event.ts'
import { anEventType } from '../../domain/testing/samples.ts'
import { createPlanning } from './planning.ts'

export const crowd = Array.from({ length: 600 }, (_, i) => `user-${String(i).padStart(3, '0')}`)
export const toTopic: Audience[] = [{ kind: 'topic', key: 'web' }]
export const users = (...ids: string[]): Audience[] => ids.map((id) => ({ kind: 'user', id }))

/** Planning for a topic with that crowd. */
export function planning(given: Parameters<typeof createPlanning>[0] = {}) {
  const world = createPlanning({ topics: { web: crowd }, ...given })
  world.catalogue.replace([anEventType()])
  return world
}
