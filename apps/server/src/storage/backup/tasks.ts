import type { NewTask } from '../../domain/task.ts'
import type { Columns } from '../dialects/dialect.ts'
import { type Batch, BrokenBackup, type Cell } from './format.ts'

/** Stands for a table in a backup: tasks are kept without their leases, and enqueued anew. */
export const TASKS = 'tasks'

const COLUMNS: Columns = { name: 'text', ref: 'text', due_at: 'integer', priority: 'integer' }

export const taskBatch = (tasks: readonly NewTask[]): Batch => ({
  table: TASKS,
  columns: COLUMNS,
  rows: tasks.map(({ name, ref, dueAt, priority }) => [name, ref, dueAt ?? null, priority ?? 0]),
})

export function tasksOf(columns: Columns, rows: readonly Cell[][]): NewTask[] {
  const names = Object.keys(columns)
  return rows.map((row) => {
    const [name, ref, dueAt, priority] = ['name', 'ref', 'due_at', 'priority'].map((column) => row[names.indexOf(column)] ?? null)
    if (typeof name !== 'string' || typeof ref !== 'string') throw new BrokenBackup('the backup holds a damaged task')
    return { name, ref, ...(typeof dueAt === 'number' && { dueAt }), ...(typeof priority === 'number' && { priority }) }
  })
}
