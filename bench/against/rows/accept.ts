import { postAll } from '../../lib/post.ts'
import { setScene, single } from '../../lib/scene.ts'
import { fromRestToRest } from '../rest.ts'
import { type ComparedRow, FIVE_PERCENT } from '../row.ts'

const COUNT = 40_000
const WARM = 5000
const CONNECTIONS = 50

/** POST /v1/events, each 202 on disk, on a node that only accepts. */
export const accept: ComparedRow = {
  name: 'accept',
  what: 'CPU per accepted event',
  unit: 'us',
  tolerance: FIVE_PERCENT,
  env: { CARILLON_ROLE: 'api' },
  seed: (hub) => setScene(hub),
  async measure(hub) {
    await post(hub.address, WARM)
    return fromRestToRest(hub, COUNT, () => post(hub.address, COUNT))
  },
}

async function post(address: string, count: number): Promise<number> {
  const { seconds, refused } = await postAll(address, count, CONNECTIONS, single)
  if (refused > 0) throw new Error(`${refused} of ${count} requests were refused`)
  return seconds
}
