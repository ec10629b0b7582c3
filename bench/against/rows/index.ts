import type { ComparedRow } from '../row.ts'
import { accept } from './accept.ts'
import { deliver } from './deliver.ts'
import { endToEnd } from './end-to-end.ts'
import { start } from './start.ts'
import { topic } from './topic.ts'

export const comparedRows: readonly ComparedRow[] = [accept, deliver, endToEnd, topic, start]
