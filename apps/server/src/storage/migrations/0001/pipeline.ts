import { sql } from 'kysely'
import type { Words } from './words.ts'

/**
 * Events, what became of them, and the keys that say whether something was told before. Rows refer to each other by number: a number takes
 * a fifth of the bytes of a public id in every row and index. The public id is random, so that nobody can count events by it.
 */
export const pipelineTables = ({ int, bytes, rows, numbered, serial, found, numberAndId }: Words) => [
  sql`create table events (
    ${found}, type text not null, audience text not null, data text not null, sensitive text, actor text, channels text, dedup_key text,
    tags text not null, severity text not null, priority ${int} not null, url text, send_at ${int}, expires_at ${int}, accepted_at ${int} not null,
    hops ${int}, place text, reporter text, state text not null, cursor text, planned_at ${int})${numbered}`,
  sql`create index events_sensitive on events (n) where sensitive is not null`,

  sql`create table notifications (
    ${numberAndId}, event ${int} not null, user_id text not null, type text not null, category text not null, severity text not null,
    priority ${int} not null, created_at ${int} not null, expires_at ${int}, visible ${int} not null, seen_at ${int}, read_at ${int}, archived_at ${int},
    snoozed_until ${int}, acted_at ${int}, deleted_at ${int}, changed ${int} not null, changed_at ${int} not null default 0, decision_set ${int} not null)${numbered}`,
  sql`create unique index notifications_once on notifications (event, user_id)`,
  // Holds all that pages and counts ask for, so that they are read from the index alone: 1.7 ms for 10,000 entries where rows took 4 to 13. It is
  // the only index of a new row that is in no order of time, which costs a page of its own: a second one would double that.
  sql`create index notifications_inbox on notifications (user_id, n, visible, deleted_at, archived_at, read_at, seen_at, snoozed_until, expires_at)`,
  // Before the first mark the number of a change is that of the row.
  sql`create index notifications_marked on notifications (user_id, changed) where changed_at > 0`,

  sql`create table decision_sets (id ${serial}, body text not null unique)${numbered}`,
  sql`create table decisions (
    event_id ${bytes} not null, recipient text not null, channel text not null, decision text not null, reason text not null, detail text not null,
    at ${int} not null, primary key (event_id, recipient, channel, reason, detail))${rows}`,

  sql`create table deliveries (
    id ${bytes} primary key, event ${int} not null, notification ${int}, recipient text not null, channel text not null, destination_id text not null,
    address_hash ${bytes} not null, connection_id text, state ${int} not null, due_at ${int} not null, held_until ${int}, held_for text, merged_into text,
    priority ${int} not null, attempts ${int} not null, attempts_before ${int} not null default 0, crashes ${int} not null, owner ${int}, lease ${int} not null default 0, expires_at ${int},
    created_at ${int} not null, finished_at ${int}, cancelled_at ${int}, tried_at ${int}, tried_ms ${int}, error_code text, error text, external_id text, settled text)${numbered}`,
  sql`create unique index deliveries_once on deliveries (event, address_hash)`,
  // The states are those of `storage/delivery-states.ts`.
  sql`create index deliveries_due on deliveries (connection_id, due_at, id) where state = 1`,
  sql`create index deliveries_urgent on deliveries (connection_id, due_at, id) where state = 1 and priority = 3`,
  sql`create index deliveries_suspect on deliveries (due_at, id) where state = 1 and crashes > 0`,
  sql`create index deliveries_destination on deliveries (destination_id, due_at) where state = 1`,
  // One index for what is due and, with `held_until` null, for what waits for a connection: each more costs every change of a state.
  sql`create index deliveries_held on deliveries (held_until, channel, id) where state = 0`,
  sql`create index deliveries_held_expiry on deliveries (expires_at) where state = 0 and expires_at is not null`,
  sql`create index deliveries_leased on deliveries (owner) where state = 2`,
  sql`create index deliveries_failed on deliveries (id) where state = 7`,
  // Those of a user are found through their notifications. These numbers ascend, so the index is only appended to, and a topic of a hundred thousand
  // people is not read for each of them.
  sql`create index deliveries_notification on deliveries (notification) where notification is not null`,
  sql`create index deliveries_recipient on deliveries (recipient, id) where notification is null`,
  // Lists of one connection and of one channel, newest first. Without them a list of a connection that is rarely used reads every delivery; a
  // channel whose connections are gone is found by the second one only.
  sql`create index deliveries_connection on deliveries (connection_id, id)`,
  sql`create index deliveries_channel on deliveries (channel, id)`,

  // The number of a node, to which the deliveries that it holds refer: one row is renewed, however many they are.
  sql`create table nodes (n ${serial}, owner text not null unique, leased_until ${int} not null)${numbered}`,

  // Both hang on one delivery and nothing refers to them: they are found by its id without asking for its number.
  sql`create table attempts (
    delivery_id ${bytes} not null, n ${int} not null, connection_id text not null, at ${int} not null, ms ${int} not null, outcome text not null,
    code text, status ${int}, detail text, retry_at ${int}, primary key (delivery_id, n, connection_id))${rows}`,
  sql`create table sent_messages (delivery_id ${bytes} primary key, body text not null, at ${int} not null)${rows}`,

  sql`create table dedup_keys (recipient text not null, event_type text not null, key text not null, event_id ${bytes} not null, at ${int} not null,
    primary key (recipient, event_type, key))${rows}`,
  sql`create table idempotency_keys (key text primary key, hash text not null, status ${int} not null, body text not null, at ${int} not null, user_id text)${numbered}`,
  sql`create index idempotency_keys_at on idempotency_keys (at)`,
  sql`create index idempotency_keys_user on idempotency_keys (user_id) where user_id is not null`,
]
