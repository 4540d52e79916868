-- Times are milliseconds since the epoch; money is in billionths of a dollar; lists have a line break between.
CREATE TABLE revision (value BIGINT NOT NULL);
INSERT INTO revision (value) VALUES (0);

CREATE TABLE api_user (
  name TEXT PRIMARY KEY,
  note TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  rpm BIGINT NOT NULL,
  tpm BIGINT NOT NULL,
  concurrency BIGINT NOT NULL,
  budgets TEXT NOT NULL,
  created BIGINT NOT NULL);

CREATE TABLE api_group (
  name TEXT PRIMARY KEY,
  rpm BIGINT NOT NULL,
  tpm BIGINT NOT NULL,
  concurrency BIGINT NOT NULL,
  budgets TEXT NOT NULL);

CREATE TABLE api_key (
  name TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  hint TEXT NOT NULL,
  owner TEXT REFERENCES api_user (name),
  tier TEXT NOT NULL,
  models TEXT NOT NULL,
  tags TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  expires BIGINT,
  revoked BIGINT,
  rpm BIGINT NOT NULL,
  tpm BIGINT NOT NULL,
  concurrency BIGINT NOT NULL,
  budgets TEXT NOT NULL,
  created BIGINT NOT NULL);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
CREATE INDEX api_key_owner ON api_key (owner);
CREATE INDEX api_key_tier ON api_key (tier);

CREATE TABLE audit (
  revision BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  origin TEXT NOT NULL,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL);

-- What a key, user or group has spent in the spans of time that `at` lies in.
CREATE TABLE spent (
  scope TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  hour_usd BIGINT NOT NULL, hour_tokens BIGINT NOT NULL,
  day_usd BIGINT NOT NULL, day_tokens BIGINT NOT NULL,
  week_usd BIGINT NOT NULL, week_tokens BIGINT NOT NULL,
  month_usd BIGINT NOT NULL, month_tokens BIGINT NOT NULL,
  year_usd BIGINT NOT NULL, year_tokens BIGINT NOT NULL,
  total_usd BIGINT NOT NULL, total_tokens BIGINT NOT NULL);

-- The last batch of `spent` that each running gateway has written, so that none is counted twice.
CREATE TABLE spender (
  gateway TEXT PRIMARY KEY,
  batch BIGINT NOT NULL,
  at BIGINT NOT NULL);
