import type { Trx } from '../schema.ts'

/** An event whose fan-out was given up. Its remaining recipients are not planned, and operators find it by this state. */
export async function markEventFailed(trx: Trx, { ref }: { ref: string }): Promise<void> {
  await trx.updateTable('events').set({ state: 'failed' }).where('id', '=', ref).execute()
}
