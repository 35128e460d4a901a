-- What intake keeps outside its log: whatever names a citizen, and the accounts of officials.

CREATE TABLE account (
    login text PRIMARY KEY,
    person_id text NOT NULL UNIQUE,
    hash text NOT NULL,
    failed int NOT NULL DEFAULT 0,
    locked_until timestamptz,
    -- Shown on the login page of a demo installation with this password; null: an ordinary account.
    demo_password text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE subject_particulars (
    subject_id text PRIMARY KEY,
    name text NOT NULL,
    address text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    group_name text NOT NULL DEFAULT ''
);

-- Who made a request. Deleted for good when the request's personal data are erased.
CREATE TABLE requester (
    requester_ref text PRIMARY KEY,
    request_id text NOT NULL,
    name text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    source_user text NOT NULL DEFAULT '',
    said_at timestamptz
);
CREATE INDEX requester_request ON requester (request_id);

-- Every time an official saw who made a request.
CREATE TABLE look (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    person_id text NOT NULL,
    unit_id text NOT NULL,
    role text NOT NULL,
    request_id text NOT NULL,
    requester_ref text NOT NULL,
    whole boolean NOT NULL
);
CREATE INDEX look_request ON look (request_id, id);

INSERT INTO side_table (name) VALUES ('subject_particulars'), ('requester');
