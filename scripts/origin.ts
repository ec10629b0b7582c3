import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Which sources a bundle was made of: the commit, with `-dirty` when files differ from it, or without git the time of the build. */
export function originOf(root: string, now = new Date()): string {
  // Without a .git of its own the folder may lie in somebody else's repository.
  if (existsSync(join(root, '.git'))) {
    try {
      const described = execFileSync('git', ['describe', '--always', '--exclude=*', '--dirty', '--abbrev=12'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return described.toString().trim()
    } catch {
      // No git here, or a checkout of another user.
    }
  }
  return `built ${now.toISOString().slice(0, 19)}Z`
}
