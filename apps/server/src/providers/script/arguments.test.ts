import { expect, it } from 'vitest'
import { splitArguments } from './arguments.ts'

it.each([
  ['', []],
  ['  a  b\tc ', ['a', 'b', 'c']],
  [`--x="a b" 'c "d"' "e\\"f"`, ['--x=a b', 'c "d"', 'e"f']],
  [`'' a\\ b $HOME * \`x\``, ['', 'a b', '$HOME', '*', '`x`']],
  [`'open`, null],
  ['end\\', null],
])('splits %j', (line, parts) => expect(splitArguments(line)).toEqual(parts))
