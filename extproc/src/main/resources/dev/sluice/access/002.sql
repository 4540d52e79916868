-- From when on a gateway's requests are in `share`, and when it last wrote.
CREATE TABLE gateway (
  name TEXT PRIMARY KEY,
  first BIGINT NOT NULL,
  written BIGINT NOT NULL);

-- What of `spent` came from a gateway's requests that began in an hour; `since` is when its process began that wrote it.
CREATE TABLE share (
  gateway TEXT NOT NULL,
  scope TEXT NOT NULL,
  hour BIGINT NOT NULL,
  since BIGINT NOT NULL,
  usd BIGINT NOT NULL,
  tokens BIGINT NOT NULL,
  PRIMARY KEY (gateway, scope, hour, since));
CREATE INDEX share_hour ON share (hour);
