/** Topics have no rules beside their store, so the store is the service; the scope limits what an entrance may do. */
export type { NewMember, SubscriberRow, TopicRow, TopicStore as TopicService } from '../storage/people/topics.ts'
