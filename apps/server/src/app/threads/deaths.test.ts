import { expect, it } from 'vitest'
import { MAX_CRASHES } from '../../domain/task.ts'
import { createDeaths } from './deaths.ts'

const of = (eventId: string, ...ids: string[]) => ids.map((id) => ({ id, eventId }))
const [other] = of('evt_a', 'dlv_other')

it('blames each delivery that was there, and all deliveries of an event that was alone in the thread', () => {
  const deaths = createDeaths()
  deaths.count(of('evt_a', 'dlv_1', 'dlv_2'))
  expect(deaths.blamedOn(other!)).toBe(1)
  deaths.count(of('evt_a', 'dlv_1'))
  deaths.count(of('evt_a', 'dlv_2'))
  expect([deaths.blamedOn(other!), deaths.blamedOn({ id: 'dlv_1', eventId: 'evt_b' })]).toEqual([3, 2])
})

it('blames an event among others at its second death, and never for more than one', () => {
  const deaths = createDeaths()
  const mixed = (id: string) => [...of('evt_a', id), ...of('evt_b', `${id}_b`)]
  deaths.count(mixed('dlv_1'))
  expect([deaths.blamedOn(mixed('dlv_1')[0]!), deaths.blamedOn(other!)]).toEqual([1, 0])
  for (const id of ['dlv_2', 'dlv_3', 'dlv_4']) deaths.count(mixed(id))
  expect(deaths.blamedOn(other!)).toBe(1)
})

it('frees a delivery that was outlived, and its event', () => {
  const deaths = createDeaths()
  deaths.count(of('evt_a', 'dlv_1', 'dlv_2'))
  deaths.survived(of('evt_a', 'dlv_1')[0]!)
  expect(of('evt_a', 'dlv_1', 'dlv_2', 'dlv_3').map(deaths.blamedOn)).toEqual([0, 1, 0])
})

it('condemns an event that was alone in so many, and not what only was beside others; a retry by hand has as many more', () => {
  const deaths = createDeaths()
  const first = { eventId: 'evt_a', attemptsBefore: 0 }
  for (let n = 0; n < MAX_CRASHES; n++) {
    expect(deaths.isCondemned(first)).toBe(false)
    deaths.count(of('evt_a', `dlv_${n}`))
    deaths.count([...of('evt_b', `dlv_b${n}`), ...of('evt_c', `dlv_c${n}`)])
  }
  expect([deaths.isCondemned(first), deaths.isCondemned({ ...first, attemptsBefore: 1 })]).toEqual([true, false])
  expect(deaths.isCondemned({ eventId: 'evt_b', attemptsBefore: 0 })).toBe(false)
  for (let n = 0; n < MAX_CRASHES; n++) deaths.count(of('evt_a', `dlv_again_${n}`))
  expect(deaths.isCondemned({ ...first, attemptsBefore: 1 })).toBe(true)
})

it('blames an event once for a delivery, however often it was there alone', () => {
  const deaths = createDeaths()
  const [poison] = of('evt_a', 'dlv_1')
  for (let n = 1; n <= MAX_CRASHES; n++) {
    deaths.count([poison!])
    expect([deaths.blamedOn(poison!), deaths.blamedOn(other!)]).toEqual([n, 1])
  }
  expect(deaths.isCondemned({ eventId: 'evt_a', attemptsBefore: 0 })).toBe(false)
  deaths.count([other!])
  expect(deaths.blamedOn(of('evt_a', 'dlv_3')[0]!)).toBe(2)
})

it('forgets the one that was blamed longest ago when too many are', () => {
  const deaths = createDeaths(4)
  for (const n of [1, 2, 1, 3]) deaths.count(of(`evt_${n}`, `dlv_${n}`))
  expect([1, 2, 3].map((n) => deaths.blamedOn(of(`evt_${n}`, `dlv_${n}`)[0]!))).toEqual([2, 0, 1])
})
