import { sql } from 'kysely'
import type { Words } from './words.ts'

/** What the hub itself needs: event types, connections, tasks, loops, keys, its log and its settings. */
export const hubTables = ({ int, rows, numbered, serial }: Words) => [
  sql`create table event_types (key text primary key, body text not null, source text not null, created_at ${int} not null, updated_at ${int} not null)${rows}`,

  sql`create table channels (channel text primary key, enabled ${int} not null)${rows}`,
  sql`create table connections (
    id text primary key, name text not null, name_key text not null unique, provider text not null, channel text not null, settings text not null,
    destination text, personal ${int} not null, events text not null, tags text not null, min_severity text, priority ${int} not null, enabled ${int} not null,
    limits text, created_at ${int} not null, updated_at ${int} not null)${rows}`,
  sql`create table target_health (
    target text primary key, initial_failure_at ${int}, most_recent_failure_at ${int}, level ${int} not null, blocked_until ${int}, paused_until ${int},
    failures ${int} not null, last_error text, last_trouble text, alike text)${rows}`,

  sql`create table work (
    id ${serial}, name text not null, ref text not null, due_at ${int} not null, priority ${int} not null, attempts ${int} not null, crashes ${int} not null,
    leased_until ${int}, owner text, quarantined text, created_at ${int} not null)${numbered}`,
  sql`create index work_waiting on work (name, priority, due_at, id) where leased_until is null and quarantined is null`,
  sql`create index work_due on work (name, due_at) where leased_until is null and quarantined is null`,
  sql`create index work_suspect on work (name, due_at, id) where crashes > 0 and leased_until is null and quarantined is null`,
  sql`create index work_leased on work (leased_until) where leased_until is not null`,
  // What runs again and again, once per database: which node runs it, until when, and when it is due again.
  sql`create table jobs (name text primary key, owner text, leased_until ${int}, next_at ${int} not null)${rows}`,

  sql`create table api_keys (
    id text primary key, name text not null, prefix text not null unique, hash text not null, scopes text not null, created_at ${int} not null,
    expires_at ${int}, last_used_at ${int}, revoked_at ${int})${rows}`,
  sql`create table tokens (
    id text primary key, purpose text not null, hash text not null, user_id text not null, ref text, expires_at ${int} not null, used_at ${int},
    tries ${int} not null)${rows}`,
  sql`create unique index tokens_hash on tokens (purpose, hash)`,
  sql`create index tokens_expiry on tokens (expires_at)`,
  // In the database, so that all nodes share the count; `key` is a hash, so no address is in it.
  sql`create table limits_used (key text primary key, used ${int} not null, until ${int} not null)${rows}`,
  sql`create index limits_used_until on limits_used (until)`,

  sql`create table audit_log (
    id text primary key, at ${int} not null, actor text not null, action text not null, target text not null, detail text not null, request_id text)${rows}`,
  // Whether somebody was deleted is asked while events are accepted and planned.
  sql`create index audit_log_deleted on audit_log (target, at) where action = 'user.deleted'`,
  sql`create table settings (key text primary key, value text not null)${rows}`,
]
