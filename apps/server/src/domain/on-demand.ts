/** Something that is made by the first call that needs it. */
export interface OnDemand<T> {
  /** All calls share one; a failure is that of all who wait, and the next call tries again. */
  get(): Promise<T>
  /** Does this with it when it was asked for; a failed load is nothing to do. */
  ifAsked(use: (it: T) => void): void
}

/** A promise that is kept would repeat a failed load for as long as the process runs, although the cause may be gone: a file, memory, a descriptor. */
export function onDemand<T>(load: () => Promise<T>): OnDemand<T> {
  let loading: Promise<T> | undefined
  return {
    get() {
      if (loading !== undefined) return loading
      const mine = load()
      loading = mine
      mine.catch(() => {
        if (loading === mine) loading = undefined
      })
      return mine
    },
    ifAsked(use) {
      loading?.then(use, () => {})
    },
  }
}
