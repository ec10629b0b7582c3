import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { withOneNode } from './one-node.ts'

const folder = mkdtempSync(join(tmpdir(), 'carillon-node-'))
afterAll(() => rmSync(folder, { recursive: true }))

const checkout = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return { folder: name, main: `${name}/main.ts`, node: join(folder, name) }
}

it('starts both hubs from one file when their Nodes are the same, and else each from its own', async () => {
  const mine = checkout('mine', 'Node 24.1')
  expect(await withOneNode(checkout('same', 'Node 24.1'), mine)).toEqual({ folder: 'same', main: 'same/main.ts', node: mine.node })
  const other = checkout('other', 'Node 24.2')
  expect(await withOneNode(other, mine)).toEqual(other)
})
