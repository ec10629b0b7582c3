import { expect, it } from 'vitest'
import { goodForms } from '../../../test/stories/good-forms.ts'
import { providers } from '../../providers/index.ts'
import { exampleMessage, NOW } from '../../providers/testing/message.ts'
import { mainOnly, withoutDial } from './main-only.ts'

const forms = goodForms('http://vendor.example', 'none')
const inThreads = providers.filter(({ inMain }) => inMain !== true).map((provider) => [provider.id, provider] as const)

/** `providers/in-main.test.ts` reads only the source of a provider, and not what it uses through `kit/`. */
it.each(inThreads)('is not needed by a message of %s', async (id, provider) => {
  let asked = 0
  const http = withoutDial({
    request() {
      asked++
      return Promise.reject(new Error('no network'))
    },
    dial: () => Promise.reject(new Error('no network')),
    mayHandOver: () => Promise.resolve(),
  })
  const { settings = {}, destination } = forms[id]!
  const given = {
    settings: { ...settings, ...provider.deviceKeys?.generate() },
    destination,
    message: exampleMessage(),
    delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
    http,
    clock: () => NOW,
  }
  const problem = await provider.send({ ...given, ...mainOnly, kept: mainOnly.kept(id) }).then(() => '', String)
  expect(asked, problem).toBeGreaterThan(0)
  expect(problem).not.toContain('inMain')
})
