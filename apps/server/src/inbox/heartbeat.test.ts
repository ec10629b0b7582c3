import { expect, it } from 'vitest'
import { BEAT_TICKS, createHeartbeat } from './heartbeat.ts'

it('beats everybody once in 25 ticks, and never all at once', () => {
  const beats: number[] = []
  const heartbeat = createHeartbeat<number>((member) => beats.push(member))
  for (let n = 0; n < 100; n++) heartbeat.add(n)
  const perTick: number[] = []
  for (let tick = 0; tick < BEAT_TICKS; tick++) {
    const before = beats.length
    heartbeat.tick()
    perTick.push(beats.length - before)
  }
  expect(perTick).toEqual(Array.from({ length: BEAT_TICKS }, () => 4))
  expect(new Set(beats).size).toBe(100)
})

it('forgets who left, even while it beats', () => {
  const beats: string[] = []
  const heartbeat = createHeartbeat<string>((member) => {
    beats.push(member)
    heartbeat.remove(member)
  })
  heartbeat.add('a')
  heartbeat.add('b')
  heartbeat.remove('b')
  for (let tick = 0; tick < 2 * BEAT_TICKS; tick++) heartbeat.tick()
  expect(beats).toEqual(['a'])
})
