import { type Asker, byOf } from '../domain/caller.ts'
import { requireUser } from '../security/rights.ts'
import type { NewMember, TopicStore } from '../storage/people/topics.ts'
import { needs } from './needs.ts'

export type { NewMember, SubscriberRow, TopicRow } from '../storage/people/topics.ts'

/** Topics have no rules beside their store; changes need the scope `manage`. */
export function createTopicService(store: TopicStore) {
  const manage = needs('manage')
  return {
    list: store.list,
    get: store.get,
    subscribers: store.subscribers,
    put: manage((who: Asker, key: string, name?: string) => store.put(key, name, byOf(who))),
    remove: manage((who: Asker, key: string) => store.remove(key, byOf(who))),
    /** The topics of the user who asks, or for whom a key with `act` asks. */
    own: async ({ caller }: Asker) => store.of(requireUser(caller).userId),
    /** People join and leave topics themselves. Null when there is no such topic. */
    join: async ({ caller }: Asker, key: string) => store.change(key, [{ kind: 'user', id: requireUser(caller).userId }], []),
    leave: async ({ caller }: Asker, key: string) => store.change(key, [], [{ kind: 'user', id: requireUser(caller).userId }]),
    change: manage((_who: Asker, key: string, add: NewMember[], remove: NewMember[]) => store.change(key, add, remove)),
  }
}

export type TopicService = ReturnType<typeof createTopicService>
