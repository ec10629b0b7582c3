import { counted, nounFor } from '../../domain/counted.ts'
import type { KeyRing } from '../../security/secrets.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { secretsUnderOtherKeys } from '../../storage/security/rekey.ts'
import { type Finding, failing, ok, warning } from './finding.ts'

const NAME = 'secrets'

/** Which keys are still needed. Nothing is said when there is one key and it opens everything. */
export async function lookAtSecrets(dialect: Dialect, ring: KeyRing): Promise<Finding[]> {
  const counts = [...(await secretsUnderOtherKeys(dialect, ring))]
  const findings = counts.map(([key, n]) => {
    const rows = `${counted(n, 'row')} ${nounFor(n, 'holds', 'hold')} secrets under the key ${key}`
    return ring.ids.includes(key)
      ? warning(NAME, rows, 'Run `carillon rekey`; then the key can be taken out.')
      : failing(NAME, `${rows}, which is not given`, 'Put it behind the first key in CARILLON_SECRET_KEY, or store these secrets anew.')
  })
  const free = ring.ids.filter((id) => id !== ring.current && !counts.some(([key]) => key === id))
  if (free.length > 0) findings.push(ok(NAME, `none is under ${free.join(', ')}: take ${nounFor(free.length, 'it', 'them')} out of CARILLON_SECRET_KEY`))
  return findings
}
