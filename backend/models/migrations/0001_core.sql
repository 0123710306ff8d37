CREATE TABLE organization (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    policy jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
CREATE TABLE team (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    UNIQUE (org_id, name)
);
CREATE TABLE "user" (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    team_id uuid REFERENCES team (id),
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    preferences jsonb NOT NULL DEFAULT '{}',
    feed_version bigint NOT NULL DEFAULT 0,
    is_disabled boolean NOT NULL DEFAULT FALSE,
    created_at timestamptz NOT NULL
);
CREATE INDEX user_org ON "user" (org_id, team_id);
CREATE TABLE api_token (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    scope text NOT NULL,
    label text NOT NULL DEFAULT '',
    hash text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_token_user ON api_token (user_id);
CREATE TABLE signin_link (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    hash text NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE session (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    hash text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX session_of_user ON session (user_id);
CREATE TABLE account (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    domain text NOT NULL,
    UNIQUE (org_id, domain)
);
CREATE TABLE person (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    kind text NOT NULL,
    name text NOT NULL,
    company text NOT NULL DEFAULT '',
    owner_id uuid REFERENCES "user" (id),
    account_id uuid REFERENCES account (id),
    source text NOT NULL,
    external_id text NOT NULL,
    do_not_track boolean NOT NULL DEFAULT FALSE,
    consent text NOT NULL DEFAULT 'unknown',
    country text NOT NULL DEFAULT '',
    custom jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, source, external_id)
);
CREATE INDEX person_name ON person (org_id, name, id);
CREATE TABLE person_address (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    address text NOT NULL,
    is_primary boolean NOT NULL DEFAULT FALSE,
    UNIQUE (org_id, address, person_id)
);
CREATE INDEX person_address_person ON person_address (person_id);
CREATE TABLE consent_record (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    person_id uuid REFERENCES person (id),
    address text NOT NULL,
    state text NOT NULL,
    how text NOT NULL,
    actor text NOT NULL,
    text_version text NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL
);
CREATE INDEX consent_record_address ON consent_record (org_id, address);
CREATE TABLE suppression (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    address text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    lifted_at timestamptz,
    UNIQUE (org_id, address, reason)
);
CREATE TABLE email_message (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id),
    direction text NOT NULL,
    status text NOT NULL,
    internet_message_id text NOT NULL DEFAULT '',
    subject text NOT NULL,
    visibility text NOT NULL DEFAULT 'team',
    sent_at timestamptz,
    is_opened boolean NOT NULL DEFAULT FALSE,
    is_open_inferred boolean NOT NULL DEFAULT FALSE,
    first_opened_at timestamptz,
    last_opened_at timestamptz,
    open_count bigint NOT NULL DEFAULT 0,
    opens_total bigint NOT NULL DEFAULT 0,
    click_count bigint NOT NULL DEFAULT 0,
    is_bounced boolean NOT NULL DEFAULT FALSE,
    replied_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE TABLE stamp (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id),
    message_id uuid NOT NULL REFERENCES email_message (id),
    channel text NOT NULL,
    compose_id text,
    opens boolean NOT NULL,
    links boolean NOT NULL,
    is_per_recipient boolean NOT NULL DEFAULT FALSE,
    is_aggregate boolean NOT NULL DEFAULT FALSE,
    link_count integer NOT NULL DEFAULT 0,
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    content_digest text NOT NULL DEFAULT '',
    sent_at timestamptz,
    sent_at_source text NOT NULL DEFAULT '',
    rules_version integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, user_id, compose_id)
);
CREATE INDEX stamp_user ON stamp (user_id, created_at, id);
CREATE INDEX stamp_message ON stamp (message_id);
CREATE TABLE stamp_copy (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    address text,
    pixel_token text NOT NULL UNIQUE,
    marker_token text UNIQUE,
    unsubscribe_token text NOT NULL UNIQUE
);
CREATE INDEX stamp_copy_stamp ON stamp_copy (stamp_id);
CREATE TABLE participant (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    message_id uuid NOT NULL REFERENCES email_message (id) ON DELETE CASCADE,
    position integer NOT NULL,
    role text NOT NULL,
    address text NOT NULL,
    name text NOT NULL DEFAULT '',
    person_id uuid REFERENCES person (id),
    decision text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    UNIQUE (message_id, role, address)
);
CREATE INDEX participant_person ON participant (person_id);
CREATE INDEX participant_address ON participant (org_id, address);
CREATE TABLE tracked_link (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    copy_id uuid NOT NULL REFERENCES stamp_copy (id) ON DELETE CASCADE,
    position integer NOT NULL,
    occurrence integer NOT NULL,
    url text NOT NULL,
    text text NOT NULL,
    token text NOT NULL UNIQUE,
    UNIQUE (copy_id, url, occurrence)
);
CREATE INDEX tracked_link_stamp ON tracked_link (stamp_id);
CREATE TABLE link_target (
    token text PRIMARY KEY,
    url text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX link_target_created ON link_target (created_at);
CREATE TABLE self_view (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX self_view_stamp ON self_view (stamp_id, occurred_at);
CREATE TABLE agent (
    id uuid PRIMARY KEY,
    text text,
    requested_with text NOT NULL DEFAULT '',
    facts jsonb NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE TABLE dropped_hit (
    org_id uuid NOT NULL REFERENCES organization (id),
    happened_on text NOT NULL,
    reason text NOT NULL,
    hits bigint NOT NULL,
    PRIMARY KEY (org_id, happened_on, reason)
);
CREATE TABLE drained_log (
    log_id text PRIMARY KEY,
    position text NOT NULL,
    drained_at timestamptz NOT NULL
);
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    actor text NOT NULL,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL
);
CREATE INDEX audit_log_org ON audit_log (org_id, occurred_at);
CREATE TABLE hit (
    id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    org_id uuid NOT NULL,
    stamp_id uuid NOT NULL,
    copy_id uuid NOT NULL,
    link_id uuid,
    kind text NOT NULL,
    agent_id uuid NOT NULL,
    headers jsonb,
    reader_key bytea NOT NULL,
    network jsonb,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX hit_stamp ON hit (stamp_id, received_at);
CREATE TABLE engagement (
    id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    stamp_id uuid NOT NULL,
    copy_id uuid NOT NULL,
    link_id uuid,
    person_id uuid,
    kind text NOT NULL,
    verdict text NOT NULL,
    confidence real NOT NULL,
    reasons jsonb NOT NULL,
    hints jsonb,
    is_counted boolean NOT NULL,
    repeats integer NOT NULL,
    client text NOT NULL,
    device text NOT NULL,
    client_label text NOT NULL,
    asn bigint,
    country text,
    rules_version integer NOT NULL,
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX engagement_stamp ON engagement (stamp_id, occurred_at);
CREATE INDEX engagement_feed ON engagement (user_id, is_counted, occurred_at);
