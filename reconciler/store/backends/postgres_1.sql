-- The tables of format 1, made by the first lock that is taken. Run in one transaction, with the
-- schema as the search path: each function keeps that path, so no name here is qualified.
-- A later format is a file of its own, run after this one.

-- This table keeps its shape for ever: every version reads it first.
CREATE TABLE format (
    version integer NOT NULL,
    written_by text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX format_is_one_row ON format ((true));

-- The end of each log; `covered` is how many of its lines the checkpoint replaces.
CREATE TABLE head (
    target text PRIMARY KEY,
    count bigint NOT NULL,
    digest text NOT NULL,
    covered bigint NOT NULL
);

-- Every line from the first: those up to `covered` are the archive. Bytes, for a line may hold what
-- no text of the server may (a zero, half a surrogate); none holds a line feed, which joins them.
CREATE TABLE line (
    target text,
    number bigint,
    content bytea NOT NULL CHECK (position('\x0a'::bytea IN content) = 0),
    PRIMARY KEY (target, number)
);

-- In pieces, or a client would need several times the memory to read it.
CREATE TABLE checkpoint (
    target text,
    piece integer,
    content bytea NOT NULL,
    PRIMARY KEY (target, piece)
);
-- Uncompressed: compressing 80 MB takes the server longer than writing them.
ALTER TABLE checkpoint ALTER COLUMN content SET STORAGE EXTERNAL;

-- The number of the last lock of each target; it stays when the lock goes.
CREATE TABLE fence (
    target text PRIMARY KEY,
    last bigint NOT NULL
);

-- `lease` in seconds. `token` is of the one call that took the lock: asked again because its answer
-- was lost, it finds its own lock.
CREATE TABLE lock (
    target text,
    fence bigint,
    holder text NOT NULL,
    parts text[] NOT NULL,
    lease double precision NOT NULL,
    taken timestamptz NOT NULL DEFAULT clock_timestamp(),
    renewed timestamptz NOT NULL DEFAULT clock_timestamp(),
    renewals bigint NOT NULL DEFAULT 0,
    token text NOT NULL,
    PRIMARY KEY (target, fence)
);

-- Null for what the server cannot take as JSON, where a cast would end the whole query.
CREATE FUNCTION as_json(content bytea) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path FROM CURRENT AS $$
BEGIN
    RETURN convert_from(content, 'UTF8')::jsonb;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

-- For dashboards: what happened, and who is at work.
CREATE VIEW journal AS
SELECT target, number, number <= covered AS archived, as_json(content) AS entry
FROM line JOIN head USING (target);

CREATE VIEW locks AS
SELECT target, fence, as_json(convert_to(holder, 'UTF8')) AS holder, parts, lease, taken, renewed,
    renewals, extract(epoch FROM clock_timestamp() - renewed) >= lease AS expired
FROM lock;

-- Append a batch: `written`, or why nothing was: `unlocked`, `moved`. Its lines and checkpoint are
-- parameters or, where these are null, rows of the temporary table `staged`.
-- With `again` a batch that is there already is `written`: the connection broke at the first try.
CREATE FUNCTION append(
    of_target text, of_fence bigint, before_count bigint, before_digest text,
    after_count bigint, after_digest text, last_line bytea,
    new_lines bytea[], new_checkpoint bytea, is_staged boolean, has_checkpoint boolean,
    again boolean
) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    is_locked boolean;
    now_count bigint;
    now_digest text;
    now_covered bigint;
BEGIN
    -- Held until the commit: whoever breaks this lock waits for it, and then sees the batch. A
    -- renewal does not wait, for it leaves the key as it is.
    PERFORM FROM lock WHERE target = of_target AND fence = of_fence FOR KEY SHARE;
    is_locked := FOUND;
    SELECT count, digest, covered INTO now_count, now_digest, now_covered
    FROM head WHERE target = of_target FOR UPDATE;
    IF again AND (
        last_line IS NULL AND now_covered = after_count
        OR EXISTS (
            SELECT FROM line
            WHERE target = of_target AND number = after_count AND content = last_line
        )
    ) THEN
        -- Writing makes this commit wait for the disk, and so for the first one.
        UPDATE head SET count = count WHERE target = of_target;
        RETURN 'written';
    END IF;
    IF NOT is_locked THEN
        RETURN 'unlocked';
    END IF;
    IF (coalesce(now_count, 0), coalesce(now_digest, '')) <> (before_count, before_digest) THEN
        RETURN 'moved';
    END IF;
    IF now_count IS NULL THEN
        INSERT INTO head VALUES (of_target, 0, '', 0) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN  -- another run wrote the first batch at this moment
            RETURN 'moved';
        END IF;
    END IF;
    IF is_staged THEN
        INSERT INTO line
        SELECT of_target, before_count + number, content FROM pg_temp.staged WHERE is_line;
    ELSE
        INSERT INTO line
        SELECT of_target, before_count + number, content
        FROM unnest(new_lines) WITH ORDINALITY AS each (content, number);
    END IF;
    IF has_checkpoint THEN
        DELETE FROM checkpoint WHERE target = of_target;
        IF is_staged THEN
            INSERT INTO checkpoint
            SELECT of_target, number, content FROM pg_temp.staged WHERE NOT is_line;
        ELSE
            INSERT INTO checkpoint
            SELECT of_target, piece, substring(new_checkpoint FROM piece * 262144 + 1 FOR 262144)
            FROM generate_series(0, greatest(length(new_checkpoint) - 1, 0) / 262144) AS piece;
        END IF;
    END IF;
    UPDATE head SET count = after_count, digest = after_digest,
        covered = CASE WHEN has_checkpoint THEN after_count ELSE covered END
    WHERE target = of_target;
    RETURN 'written';
END
$$;

-- Take a lock, and return it; or return those that are in the way.
CREATE FUNCTION acquire(
    our_format integer, of_target text, new_holder text, new_parts text[],
    new_lease double precision, new_token text
) RETURNS SETOF lock
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    new_fence bigint;
BEGIN
    -- One at a time for each target: neither may overlook the other's row.
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || '.' || of_target, 0));
    IF (SELECT version FROM format) <> our_format THEN
        RAISE 'another version changed the format at this moment';
    END IF;
    RETURN QUERY
    SELECT * FROM lock
    WHERE target = of_target AND (
        token = new_token
        OR cardinality(parts) = 0 OR cardinality(new_parts) = 0 OR parts && new_parts
    )
    ORDER BY fence;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO fence VALUES (of_target, 1)
    ON CONFLICT (target) DO UPDATE SET last = fence.last + 1
    RETURNING last INTO new_fence;
    RETURN QUERY
    INSERT INTO lock (target, fence, holder, parts, lease, token)
    VALUES (of_target, new_fence, new_holder, new_parts, new_lease, new_token)
    RETURNING *;
END
$$;

-- Begin a lease anew; false when the lock is gone.
CREATE FUNCTION renew(of_target text, of_fence bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE lock SET renewed = clock_timestamp(), renewals = renewals + 1
    WHERE target = of_target AND fence = of_fence;
    RETURN FOUND;
END
$$;

-- Remove a lock, or return it when it was renewed since.
CREATE FUNCTION release(of_target text, of_fence bigint, of_renewals bigint) RETURNS SETOF lock
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM lock
    WHERE target = of_target AND fence = of_fence AND renewals = coalesce(of_renewals, renewals);
    RETURN QUERY SELECT * FROM lock WHERE target = of_target AND fence = of_fence;
END
$$;
