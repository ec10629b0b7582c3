import type { EventReport } from '../domain/report.ts'
import { CarillonError } from '../errors.ts'

export interface TopicParts {
  /** Of these topics, those that do not exist. */
  unknownTopics(keys: string[]): Promise<Set<string>>
}

/** Throws `unknown_topic` when the report names a topic that does not exist. Reports and `/v1/explain` both check this. */
export async function refuseUnknownTopics({ to }: EventReport, unknownTopics: TopicParts['unknownTopics']): Promise<void> {
  const topics = to.flatMap((audience) => (audience.kind === 'topic' ? [audience.key] : []))
  if (topics.length === 0) return
  const unknown = await unknownTopics(topics)
  const at = to.findIndex((audience) => audience.kind === 'topic' && unknown.has(audience.key))
  if (at >= 0) throw new CarillonError('unknown_topic', { errors: [{ pointer: `/to/${at}/topic`, message: 'is not a topic of this hub' }] })
}
