import { sql } from 'kysely'
import type { Words } from './words.ts'

/** Recipients, their places, and what they wish. */
export const peopleTables = ({ int, rows }: Words) => [
  sql`create table users (
    id text primary key, email text, name text, locale text, timezone text, data text not null, active ${int} not null, created_at ${int} not null,
    updated_at ${int} not null, epoch text)${rows}`,
  sql`create table addresses (id text primary key, channel text not null, email text not null, name text, locale text, created_at ${int} not null)${rows}`,
  sql`create table topics (key text primary key, name text not null, created_at ${int} not null, updated_at ${int} not null, open ${int} not null default 0)${rows}`,
  sql`create table topic_subscribers (topic text not null references topics (key) on delete cascade, member text not null, created_at ${int} not null,
    primary key (topic, member))${rows}`,
  sql`create index topic_subscribers_member on topic_subscribers (member)`,

  sql`create table destinations (
    id text primary key, user_id text not null references users (id) on delete cascade, channel text not null, n ${int} not null default 0, body text not null,
    label text, address_hash text not null, named_by text not null default 'person', confirmed_at ${int}, gone_at ${int}, gone_reason text, gone_trouble text,
    created_at ${int} not null, updated_at ${int} not null)${rows}`,
  sql`create unique index destinations_user on destinations (user_id, channel, n)`,
  // Whose confirmed address a bare one is.
  sql`create index destinations_address on destinations (address_hash) where channel = 'email'`,

  sql`create table devices (
    id text primary key, user_id text not null references users (id) on delete cascade, channel text not null, provider text not null, platform text not null,
    body text not null, address_hash text not null, named_by text not null default 'person', app text, environment text, locale text, name text, vapid_key text,
    created_at ${int} not null, last_seen_at ${int} not null, gone_at ${int}, gone_reason text)${rows}`,
  // A token belongs to one person: to whom registered it last.
  sql`create unique index devices_address on devices (address_hash)`,
  sql`create index devices_user on devices (user_id)`,
  sql`create index devices_vapid on devices (vapid_key) where vapid_key is not null and gone_at is null`,

  sql`create table routes (user_id text not null references users (id) on delete cascade, event_type text not null, channel text not null, enabled ${int} not null,
    primary key (user_id, event_type, channel))${rows}`,
  sql`create table preferences (user_id text primary key references users (id) on delete cascade, body text not null, updated_at ${int} not null)${rows}`,
]
