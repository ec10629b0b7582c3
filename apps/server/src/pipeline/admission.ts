import { CarillonError } from '../errors.ts'

export interface AdmissionParts {
  /** Events that wait for fan-out. */
  depth(): Promise<number>
  /** Free bytes on the disk of the data; null when that is unknown. */
  freeBytes(): Promise<number | null>
  highWater: number
  diskFloor: number
}

export type Refusal = 'overloaded' | 'storage_full' | 'stopping' | null

/** Whether events may be accepted now. Measured in the background, so that a request pays nothing for the check. */
export function createAdmission({ depth, freeBytes, highWater, diskFloor }: AdmissionParts) {
  let refusal: Refusal = null
  let waiting = 0
  let free: number | null = null
  let away = false

  return {
    /** Throws `overloaded`, `storage_full` or `stopping`. */
    check(): void {
      if (refusal !== null) throw new CarillonError(refusal, { retryAfter: refusal === 'stopping' ? 5 : 10 })
    },
    async measure(): Promise<void> {
      const [count, bytes] = await Promise.all([depth(), freeBytes()]).catch((error: unknown) => {
        away = true
        throw error
      })
      away = false
      waiting = count
      free = bytes
      if (refusal === 'stopping') return
      refusal = free !== null && free < diskFloor ? 'storage_full' : waiting >= highWater ? 'overloaded' : null
    },
    stop(): void {
      refusal = 'stopping'
    },
    /** `away`: the last measurement failed, so the numbers are older; no report is refused for that alone. */
    state: () => ({ refusal, waiting, free, away }),
  }
}

export type Admission = ReturnType<typeof createAdmission>
