import type { Hub } from '../lib/hub.ts'
import type { Receiver } from '../lib/receiver.ts'
import type { Tolerance } from './compare.ts'
import type { Sample } from './rounds.ts'

/** One row of the comparison. Both halves speak to the hub over HTTP alone: the other checkout may have another schema. */
export interface ComparedRow {
  /** As it is named on the command line. */
  name: string
  /** What is compared. */
  what: string
  unit: 'us' | 'MiB'
  tolerance: Tolerance
  /** Of the hub that is measured. */
  env?: Record<string, string>
  /** Without the probe, where it would be a part of what is measured. */
  bare?: boolean
  /** Fills an empty database of one side, once; every measurement of that side begins with a copy. */
  seed(hub: Hub, receiver: Receiver): Promise<void>
  /** Warms the hub up and measures. The hub was started on a copy just now. */
  measure(hub: Hub, receiver: Receiver): Promise<Sample>
}

export const FIVE_PERCENT: Tolerance = { of: 'ratio', most: 0.05 }
