import { expect, it } from 'vitest'
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
