import { expect, it } from 'vitest'
import { anEvent } from '../../domain/testing/samples.ts'
import { createKeptEvents } from './kept-events.ts'

const large = (id: string, chars: number) => anEvent({ id, to: [], data: { text: 'x'.repeat(chars) } })
/** Characters of JSON around the text of such an event. */
const AROUND = JSON.stringify([{ text: '' }, []]).length

it('keeps the last events, as many as it may', () => {
  const events = createKeptEvents(2)
  for (const id of ['evt_1', 'evt_2', 'evt_2', 'evt_3']) events.keep(anEvent({ id }))
  expect(['evt_1', 'evt_2', 'evt_3'].map((id) => events.find(id)?.id)).toEqual([undefined, 'evt_2', 'evt_3'])
})

it('keeps large events only as far as their characters together allow', () => {
  const events = createKeptEvents(100, 3 * (AROUND + 10))
  const kept = () => ['evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_5'].filter((id) => events.find(id) !== undefined)
  for (const id of ['evt_1', 'evt_2', 'evt_3']) events.keep(large(id, 10))
  expect(kept()).toEqual(['evt_1', 'evt_2', 'evt_3'])
  events.keep(large('evt_4', 11))
  expect(kept()).toEqual(['evt_3', 'evt_4'])
  events.keep(large('evt_5', 3 * (AROUND + 10)))
  expect(kept(), 'one that is too large by itself is not kept').toEqual([])
  events.keep(large('evt_1', 10))
  expect(kept()).toEqual(['evt_1'])
})

it('counts what is sealed', () => {
  const events = createKeptEvents(100, 1000)
  events.keep(anEvent({ id: 'evt_1', sensitive: 'x'.repeat(1000) }))
  expect(events.find('evt_1')).toBeUndefined()
})
