-- {{id}}, {{bytes}} and {{int}} are the database's own types. Times are milliseconds since 1970, 0 for none.
CREATE TABLE jobs (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    lane       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body       {{bytes}} NOT NULL,
    state      TEXT NOT NULL,
    attempts   {{int}} NOT NULL,
    run_at     {{int}} NOT NULL,
    lease      {{int}} NOT NULL,
    owner      TEXT NOT NULL,
    created_at {{int}} NOT NULL,
    ended_at   {{int}} NOT NULL,
    outcome    TEXT NOT NULL
);
CREATE INDEX jobs_next ON jobs (state, id);
CREATE INDEX jobs_lane ON jobs (lane, state);
CREATE INDEX jobs_ended ON jobs (state, ended_at);

CREATE TABLE dispatches (
    key        TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    number     {{int}} NOT NULL,
    comment    {{int}} NOT NULL,
    state      TEXT NOT NULL,
    at         {{int}} NOT NULL
);

CREATE TABLE repositories (
    id           {{int}} PRIMARY KEY,
    name         TEXT NOT NULL,
    installation {{int}} NOT NULL,
    branch       TEXT NOT NULL,
    state        {{bytes}} NOT NULL,
    state_at     {{int}} NOT NULL,
    seen_at      {{int}} NOT NULL
);
CREATE INDEX repositories_name ON repositories (name);
CREATE INDEX repositories_installation ON repositories (installation);

CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until {{int}} NOT NULL
);

CREATE TABLE wanted (
    repository TEXT NOT NULL,
    stack      TEXT NOT NULL,
    first_at   {{int}} NOT NULL,
    due_at     {{int}} NOT NULL,
    events     {{int}} NOT NULL,
    PRIMARY KEY (repository, stack)
);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    login      TEXT NOT NULL,
    readable   {{bytes}} NOT NULL,
    expires_at {{int}} NOT NULL
);
