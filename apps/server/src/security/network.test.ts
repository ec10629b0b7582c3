import { expect, it } from 'vitest'
import { networkOf } from './network.ts'

it.each([
  ['93.184.215.14', '93.184.215.14'],
  ['::ffff:93.184.215.14', '93.184.215.14'],
  ['2a01:4f8:1:2:3:4:5:6', '2a01:4f8:1:2::/64'],
  ['2a01:4f8:1:2:ffff::9', '2a01:4f8:1:2::/64'],
  ['2002:5db8:d70e::1', '93.184.215.14'],
  ['2002:5db8:d70e:77::1', '93.184.215.14'],
  ['64:ff9b::5db8:d70e', '93.184.215.14'],
  ['2002:a01:203::1', null],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:0:4136:e378::/64'],
  ['127.0.0.1', null],
  ['::1', null],
  ['10.1.2.3', null],
  ['fd00::1', null],
  ['nothing', null],
  [undefined, null],
])('the network of a caller at %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
