import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import type { Row } from '../lib/figure.ts'
import { accept } from './accept.ts'
import { backlog } from './backlog.ts'
import { deliver } from './deliver.ts'
import { endToEnd } from './end-to-end.ts'
import { latency } from './latency.ts'
import { start } from './start.ts'
import { texts } from './texts.ts'
import { topic } from './topic.ts'

export const rows: readonly Row[] = [accept, deliver, endToEnd, latency, topic, start, backlog, texts]
export const engines: readonly Engine[] = ['sqlite', 'postgres']
