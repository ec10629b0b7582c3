import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import type { Row } from '../lib/figure.ts'
import { accept } from './accept.ts'
import { backlog } from './backlog.ts'
import { deliver } from './deliver.ts'
import { endToEnd } from './end-to-end.ts'
import { growth } from './growth.ts'
import { keys } from './keys.ts'
import { latency } from './latency.ts'
import { start } from './start.ts'
import { streams } from './streams.ts'
import { suspects } from './suspects.ts'
import { texts } from './texts.ts'
import { threads } from './threads.ts'
import { topic } from './topic.ts'

export const rows: readonly Row[] = [accept, keys, deliver, endToEnd, threads, growth, latency, topic, streams, suspects, start, backlog, texts]
export const engines: readonly Engine[] = ['sqlite', 'postgres']
