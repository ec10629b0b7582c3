/** The switches of one person that the rules read. */
export interface Preferences {
  /** Master per channel. */
  channels?: { [channel: string]: boolean }
  /** Master per category and channel. */
  categories?: { [category: string]: { [channel: string]: boolean } }
}
