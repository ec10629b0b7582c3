import { expect, it } from 'vitest'
import { channelIssues } from './channel-health.ts'

const works = (name: string, channel = 'email') => ({ name, channel, failing: false })
const fails = (name: string, channel = 'email') => ({ name, channel, failing: true })

it.each([
  ['no connection', [], []],
  ['all work', [works('A'), works('B')], []],
  ['some fail', [fails('A'), works('B'), fails('C')], ['connections.email warning A, C']],
  ['all fail', [fails('A'), fails('B')], ['connections.email error A, B']],
  ['the only one fails', [fails('A')], ['connections.email error A']],
  ['each channel is for itself', [fails('A'), works('B', 'ntfy'), fails('C', 'ntfy')], ['connections.email error A', 'connections.ntfy warning C']],
])('%s', (_, connections, expected) => {
  const issues = channelIssues(connections)
  expect(issues.map(({ source, level, message }) => `${source} ${level} ${/[A-C](, [A-C])*(?=\)?$)/.exec(message)?.[0]}`)).toEqual(expected)
})
