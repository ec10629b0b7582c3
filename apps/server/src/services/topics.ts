import { BOUNDS } from '../domain/bounds.ts'
import { type Asker, byOf, type Caller, hasScope } from '../domain/caller.ts'
import { invalidField } from '../errors.ts'
import { requireUser } from '../security/rights.ts'
import type { NewMember, Sight, TopicPatch, TopicStore } from '../storage/people/topics.ts'
import { needs } from './needs.ts'

export type { NewMember, SubscriberRow, TopicRow } from '../storage/people/topics.ts'

/** Changes need the scope `manage`. People join open topics by themselves; closed ones are filled by applications. */
export function createTopicService(store: TopicStore) {
  const manage = needs('manage')
  return {
    list: store.list,
    get: store.get,
    subscribers: store.subscribers,
    put: manage((who: Asker, key: string, topic: TopicPatch = {}) => store.put(key, topic, byOf(who))),
    remove: manage((who: Asker, key: string) => store.remove(key, byOf(who))),
    /** The topics of the user who asks, or for whom a key with `act` asks. */
    own: async ({ caller }: Asker) => store.of(requireUser(caller).userId),
    /** False: there is no such topic, or it is closed and the caller may not open it. Throws `invalid_field` for one topic too many. */
    join: async ({ caller }: Asker, key: string) => {
      const joined = await store.join(key, requireUser(caller), sightOf(caller), BOUNDS.topics)
      if (joined === 'full')
        throw invalidField('/path/key', `would be one more than the ${BOUNDS.topics} topics that a person can join; leave another one first`)
      return joined
    },
    /** False: the user was not in it, and there is no such topic that the caller may see. */
    leave: async ({ caller }: Asker, key: string) => store.leave(key, requireUser(caller).userId, sightOf(caller)),
    change: manage((_who: Asker, key: string, add: NewMember[], remove: NewMember[]) => store.change(key, add, remove)),
  }
}

export type TopicService = ReturnType<typeof createTopicService>

/** A key with `manage` may put anybody into any topic, also as that person. */
const sightOf = (caller: Caller): Sight => (hasScope(caller, 'manage') ? 'all' : 'open')
