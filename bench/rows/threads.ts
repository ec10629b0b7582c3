import { createDatabase } from '../lib/database.ts'
import type { Row } from '../lib/figure.ts'
import { startHub } from '../lib/hub.ts'
import { startReceiver } from '../lib/receiver.ts'
import { setScene } from '../lib/scene.ts'
import { type Side, sendInTurns } from '../lib/turns.ts'

/** Four show that they work; more than the machine has cores cannot earn anything. */
const THREADS = [0, 1, 2, 4]
const COUNT = 4000

/** End to end with threads that send: a hub for each number of them, measured by turns. */
export const threads: Row = {
  name: 'threads',
  title: `event -> signed webhook received, CARILLON_SEND_THREADS ${THREADS.join(', ')}`,
  async run(engine) {
    const receiver = await startReceiver()
    const sides: Side[] = []
    for (const number of THREADS) {
      const database = await createDatabase(engine)
      const hub = await startHub(database)
      await setScene(hub, receiver)
      await hub.stop()
      sides.push({ database, env: { CARILLON_SEND_THREADS: String(number) } })
    }
    const measured = await sendInTurns(sides, receiver, COUNT)
    await receiver.stop()
    return measured.map(({ perSecond, cost }, i) => ({
      row: 'threads',
      engine,
      what: `single POSTs, ${nameOf(THREADS[i] ?? 0)}`,
      value: perSecond,
      unit: '/s',
      cost,
      ...(i === 0 ? {} : { limit: { name: 'main thread', value: measured[0]?.perSecond ?? Number.NaN } }),
    }))
  },
}

const nameOf = (number: number): string => (number === 0 ? 'sent by the main thread' : `${number} sending ${number === 1 ? 'thread' : 'threads'}`)
