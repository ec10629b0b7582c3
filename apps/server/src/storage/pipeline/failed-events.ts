import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/** An event whose fan-out was given up. Its remaining recipients are not planned, and operators find it by this state. */
export const failEvents =
  ({ bytesOf }: Pick<Dialect, 'bytesOf'>) =>
  async (trx: Trx, { ref }: { ref: string }): Promise<void> => {
    await trx.updateTable('events').set({ state: 'failed' }).where('id', '=', bytesOf('evt', ref)).execute()
  }
