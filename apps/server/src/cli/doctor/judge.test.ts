import { describe, expect, it } from 'vitest'
import { judgeBaseUrl, judgeClocks, judgeCommits, judgeDisk } from './judge.ts'
import { tellFindings } from './tell.ts'

describe('a commit', () => {
  it.each([
    [[0.01, 0.02, 0.03], 'warning'],
    [[0.01, 0.05, 9], 'ok'],
    [[900, 2, 1], 'ok'],
    [[20, 20, 20], 'ok'],
    [[21, 21, 1], 'warning'],
  ])('of %j ms is %s by its median', (times, status) => {
    expect(judgeCommits(times).status).toBe(status)
  })
})

describe('free disk', () => {
  it.each([
    [null, 'ok'],
    [99, 'failing'],
    [100, 'warning'],
    [199, 'warning'],
    [200, 'ok'],
  ])('of %s bytes above a floor of 100 is %s', (free, status) => {
    expect(judgeDisk(free, 100).status).toBe(status)
  })
})

describe('clocks', () => {
  const steady = { ahead: 0, jumped: 0, future: -60_000 }
  it.each([
    [{}, 'ok'],
    [{ ahead: null, future: null }, 'ok'],
    [{ ahead: 2000 }, 'ok'],
    [{ ahead: 2001 }, 'failing'],
    [{ ahead: -2001 }, 'failing'],
    [{ future: 1001 }, 'failing'],
    [{ jumped: -1500 }, 'warning'],
  ])('%j are %s', (clocks, status) => {
    expect(judgeClocks({ ...steady, ...clocks }).status).toBe(status)
  })

  it('tell whether the database is ahead or behind', () => {
    expect(judgeClocks({ ...steady, ahead: 5000 }).detail).toContain('5.0 s ahead of ours')
    expect(judgeClocks({ ...steady, ahead: -5000 }).detail).toContain('5.0 s behind ours')
  })
})

describe('the base URL', () => {
  it.each([
    ['http://127.0.0.1:8484', '127.0.0.1', null, ['ok']],
    ['http://localhost:8484', '0.0.0.0', null, ['warning']],
    ['http://[::1]:8484', '::', null, ['warning']],
    ['https://bells.example.com', '0.0.0.0', null, ['ok']],
    ['http://bells.example.com', '0.0.0.0', null, ['warning']],
    ['http://127.0.0.1:8484', '127.0.0.1', 'refused', ['warning']],
    ['http://bells.example.com', '0.0.0.0', 'refused', ['warning', 'warning']],
    ['https://bells.local', '0.0.0.0', null, ['warning']],
    ['https://bells', '0.0.0.0', null, ['warning']],
    ['https://bells.corp.internal', '0.0.0.0', null, ['warning']],
    ['https://10.0.0.7', '0.0.0.0', null, ['warning']],
    ['https://[fd00::7]', '0.0.0.0', null, ['warning']],
    ['https://93.184.216.34', '0.0.0.0', null, ['ok']],
    ['http://192.168.1.7:8484', '0.0.0.0', 'refused', ['warning', 'warning', 'warning']],
  ])('%s with HOST=%s and answer %s', (baseUrl, host, answer, statuses) => {
    expect(judgeBaseUrl({ baseUrl, host }, answer).map(({ status }) => status)).toEqual(statuses)
  })
})

it('prints the remedy below each problem, and the overall result at the end', () => {
  const good = { name: 'disk', status: 'ok', detail: 'room' } as const
  const bad = { name: 'clock', status: 'failing', detail: 'late', remedy: 'Set it.' } as const
  expect(tellFindings([good, bad])).toBe('ok    disk   room\nFAIL  clock  late\n             -> Set it.\n\nSome checks failed: see FAIL above.')
  expect(tellFindings([good])).toContain('All checks passed.')
})
