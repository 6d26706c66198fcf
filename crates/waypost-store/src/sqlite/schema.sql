-- Schema 1. Every key is a number that only grows (see waypost_core::id), so that rows are appended at the end of their
-- tables; what is keyed at random (seen) is written in sorted segments. There are no foreign keys to events: retention
-- removes each kind of row in small steps of its own.

-- Small values: key hashes, and `tag`, the store's own random bits in every id.
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers that stand for names in the rows below.
CREATE TABLE account (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE hook (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  -- What was parked for it before this moment is due.
  recovered_at INTEGER NOT NULL DEFAULT 0,
  -- It is not called before this moment: it asked for that.
  not_before INTEGER NOT NULL DEFAULT 0,
  -- Since when it is paused, if it is.
  paused_at INTEGER,
  pause_reason TEXT,
  paused_by_hook INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The long column comes last: filters on the others then read no overflow pages.
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  account INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  contact INTEGER,
  is_foreign INTEGER NOT NULL,
  raw_start INTEGER NOT NULL,
  raw_end INTEGER NOT NULL,
  message_id TEXT,
  quarantined TEXT,
  text BLOB NOT NULL
) STRICT;

-- Most events are messages and their statuses; those are found without an index, and cost none.
CREATE INDEX event_by_type ON event (type)
  WHERE type NOT IN ('message.received', 'message.sent', 'message.delivered', 'message.read');

-- state: 0 pending, 1 parked, 2 delivered, 3 dead. An event's first deliveries have the ids right after its own, so that
-- they are found without an index; those made later have one. again: 0 for the first, 1 for one done again by hand, else
-- the id of the replay that made it.
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL,
  hook INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0,
  -- 1 from its first failure on, or when many others have come after it: see waiting.rs.
  lingers INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER,
  last_attempt_at INTEGER,
  blocked_ms INTEGER NOT NULL DEFAULT 0,
  reason TEXT
) STRICT;
CREATE INDEX delivery_again ON delivery (event) WHERE again <> 0;
-- What waits and is not young, with all that the lanes are rebuilt from at start.
CREATE INDEX delivery_lingering ON delivery (id, state, hook, lane, due, last_attempt_at) WHERE lingers = 1 AND state < 2;
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 3;

-- Deliveries done again by hand.
CREATE TABLE redelivery (
  of INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL UNIQUE,
  was_delivered INTEGER NOT NULL
) STRICT;

-- state: 0 running, 1 done, 2 cancelled. request and counts are JSON objects; place is the last event looked at.
CREATE TABLE replay (
  id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  place INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  counts TEXT NOT NULL,
  request TEXT NOT NULL
) STRICT;
CREATE INDEX replay_running ON replay (id) WHERE state = 0;

CREATE TABLE attempt (
  delivery INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  response TEXT,
  reply TEXT,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- state: 0 queued, 1 sending, 2 uncertain, 3 sent, 4 delivered, 5 read, 6 failed.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  noticed INTEGER NOT NULL,
  event INTEGER,
  delivery INTEGER,
  wamid TEXT,
  error TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_open ON outbox (id, state, account, lane, due, noticed, updated_at) WHERE state < 3;
CREATE INDEX outbox_by_event ON outbox (event) WHERE event IS NOT NULL;
CREATE INDEX outbox_by_wamid ON outbox (wamid) WHERE wamid IS NOT NULL;
CREATE INDEX outbox_by_lane ON outbox (lane);
CREATE INDEX outbox_failed ON outbox (id) WHERE state = 6;

-- Templates that Meta refuses for a recipient for a while. The oldest rows come first, which is how they are forgotten.
CREATE TABLE suppression (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  template TEXT NOT NULL,
  until INTEGER NOT NULL,
  -- Meta's, whole.
  error TEXT NOT NULL,
  UNIQUE (lane, template)
) STRICT;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  merged_into INTEGER,
  -- Noted every few days; 0: not since it was made.
  used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
-- kind: 0 phone number, 1 user id, 2 parent user id.
CREATE TABLE contact_handle (
  account INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  value TEXT NOT NULL,
  contact INTEGER NOT NULL,
  PRIMARY KEY (account, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_handle_by_contact ON contact_handle (contact);
-- Rows keep the lane they were stored with; where two contacts turned out to be one, this says where they wait.
CREATE TABLE lane_merge (from_lane INTEGER PRIMARY KEY, into_lane INTEGER NOT NULL) STRICT;

CREATE TABLE submission (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  fingerprint BLOB NOT NULL,
  -- Ids of the messages, a JSON array.
  messages TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- De-duplication: see seen.rs. The keys of one commit are one row.
CREATE TABLE seen_log (
  last_event INTEGER PRIMARY KEY,
  keys BLOB NOT NULL
) STRICT;
CREATE TABLE seen (
  segment INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  event INTEGER NOT NULL,
  PRIMARY KEY (segment, subject, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE segment (
  number INTEGER PRIMARY KEY,
  keys INTEGER NOT NULL,
  last_event INTEGER NOT NULL,
  filter BLOB NOT NULL
) STRICT;
