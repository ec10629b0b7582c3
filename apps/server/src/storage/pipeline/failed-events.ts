import type { Trx } from '../schema.ts'

/** An event whose fan-out was given up: nobody plans the rest of it, and operators find it by this state. */
export async function markEventFailed(trx: Trx, { ref }: { ref: string }): Promise<void> {
  await trx.updateTable('events').set({ state: 'failed' }).where('id', '=', ref).execute()
}
