/**
 * What a group is retried with: each item alone and in order, so that one bad item fails no other, until the storage itself fails. `refused` gets an item
 * that failed, or that item with all after it, which are not tried, when the storage itself failed.
 */
export async function eachAlone<Item>(
  items: readonly Item[],
  isStorageFailure: (error: unknown) => boolean,
  attempt: (item: Item) => Promise<void>,
  refused: (items: readonly Item[], error: unknown) => void,
): Promise<void> {
  for (const [i, item] of items.entries())
    try {
      await attempt(item)
    } catch (error) {
      const isOver = isStorageFailure(error)
      refused(isOver ? items.slice(i) : [item], error)
      if (isOver) return
    }
}
