/** Topics have no rules beside their store, so the store is the service; what an entrance may do is said by its scope. */
export type { NewMember, SubscriberRow, TopicRow, TopicStore as TopicService } from '../storage/people/topics.ts'
