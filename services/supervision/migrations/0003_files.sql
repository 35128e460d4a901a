-- Files that were uploaded, by the hash of their content. The bytes lie in the file store.
CREATE TABLE stored_file (
    sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    -- When it was last uploaded or about to be named: what no event names is swept some time after this.
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON stored_file (kept_at);

-- Who uploaded it and under which name; they may look at it before any event names it.
CREATE TABLE upload (
    sha256 text NOT NULL REFERENCES stored_file ON DELETE CASCADE,
    person_id text NOT NULL,
    name text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sha256, person_id)
);
CREATE INDEX ON upload (person_id);
